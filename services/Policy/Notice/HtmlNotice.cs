using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Integritet.Policy.Notice;

/// <summary>A notice as one self-contained HTML page: no script, nothing fetched from elsewhere, readable on a telephone and on paper.</summary>
public static class HtmlNotice
{
    private const string Style = """
        :root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6876;--line:#d9dfe5;--paper:#fff;--band:#f5f7f9;--accent:#0b5c7a}
        @media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9fb0bf;--line:#33414d;--paper:#131a21;--band:#1a232c;--accent:#6fc3e0}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
        h1{font-size:2rem;line-height:1.2;margin:0 0 1rem}
        h2{font-size:1.3rem;margin:2.6rem 0 .6rem;padding-top:.4rem;border-top:1px solid var(--line)}
        p{margin:.5rem 0;max-width:44rem}
        .lead{font-size:1.12rem}
        .version,footer{color:var(--soft);font-size:.9rem}
        nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;padding:0;margin:1.2rem 0 0;font-size:.95rem}
        a{color:var(--accent)}
        ul{padding-left:1.2rem;max-width:44rem}
        li{margin:.35rem 0}
        .scroll{overflow-x:auto;margin:.8rem 0}
        table{border-collapse:collapse;width:100%;font-size:.95rem}
        th,td{text-align:left;vertical-align:top;padding:.55rem .7rem;border-bottom:1px solid var(--line)}
        th{color:var(--soft);font-weight:600;white-space:nowrap}
        tbody tr:nth-child(odd){background:var(--band)}
        td:last-child{min-width:6rem}
        #promises td:first-child{white-space:nowrap}
        footer{margin-top:3rem;overflow-wrap:anywhere}
        @media(max-width:44rem){thead{position:absolute;left:-999rem}tr,td{display:block}tr{padding:.5rem 0;border-bottom:1px solid var(--line)}
        td{border:0;padding:.2rem .7rem}td::before{content:attr(data-label);display:block;color:var(--soft);font-size:.85rem}}
        @media print{nav{display:none}body{font-size:11pt}}
        """;

    /// <summary>What a browser may load for this page: this one style, and nothing else.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static string Render(Page page)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"").Append(page.Language).Append("\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
        html.Append(Text(page.Title)).Append("</title>\n<style>").Append(Style).Append("</style>\n</head>\n<body>\n<main>\n<h1>").Append(Text(page.Title)).Append("</h1>\n");
        html.Append("<p class=\"lead\">").Append(Text(page.Lead[0])).Append("</p>\n<p class=\"version\">").Append(Text(page.Lead[1])).Append("</p>\n<nav><ul>\n");
        foreach (var section in page.Sections)
            html.Append("<li><a href=\"#").Append(section.Id).Append("\">").Append(Text(section.Title)).Append("</a></li>\n");
        html.Append("</ul></nav>\n");
        foreach (var section in page.Sections)
            Append(html, section, page.Contact);
        html.Append("<footer>").Append(Text(page.Footer)).Append("</footer>\n</main>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void Append(StringBuilder html, Section section, string contact)
    {
        html.Append("<section id=\"").Append(section.Id).Append("\">\n<h2>").Append(Text(section.Title)).Append("</h2>\n");
        foreach (var block in section.Blocks)
            Append(html, block, contact);
        html.Append("</section>\n");
    }

    private static void Append(StringBuilder html, Block block, string contact)
    {
        switch (block)
        {
            case Block.Paragraph paragraph:
                html.Append("<p>").Append(WithLink(Text(paragraph.Text), contact)).Append("</p>\n");
                break;
            case Block.Bullets bullets:
                html.Append("<ul>\n").AppendJoin("", bullets.Items.Select(item => $"<li>{Text(item)}</li>\n")).Append("</ul>\n");
                break;
            case Block.Table table:
                html.Append("<div class=\"scroll\"><table>\n<thead><tr>").AppendJoin("", table.Headers.Select(header => $"<th scope=\"col\">{Text(header)}</th>")).Append("</tr></thead>\n<tbody>\n");
                foreach (var row in table.Rows)
                    html.Append("<tr>").AppendJoin("", row.Select((cell, i) => $"<td data-label=\"{Text(table.Headers[i])}\">{Text(cell)}</td>")).Append("</tr>\n");
                html.Append("</tbody>\n</table></div>\n");
                break;
        }
    }

    private static string WithLink(string html, string contact) =>
        html.Replace(Text(contact), $"<a href=\"mailto:{Uri.EscapeDataString(contact).Replace("%40", "@", StringComparison.Ordinal)}\">{Text(contact)}</a>", StringComparison.Ordinal);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
