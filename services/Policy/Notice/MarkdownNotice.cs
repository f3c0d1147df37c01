using System.Text;

namespace Integritet.Policy.Notice;

/// <summary>A notice as Markdown (CommonMark with GFM tables).</summary>
public static class MarkdownNotice
{
    public static string Render(Page page)
    {
        var text = new StringBuilder();
        text.Append("# ").Append(Text(page.Title)).Append("\n\n");
        foreach (var lead in page.Lead)
            text.Append(Text(lead)).Append("\n\n");
        foreach (var section in page.Sections)
        {
            text.Append("## ").Append(Text(section.Title)).Append("\n\n");
            foreach (var block in section.Blocks)
                Append(text, block);
        }
        return text.Append("---\n\n").Append(Text(page.Footer)).Append('\n').ToString();
    }

    private static void Append(StringBuilder text, Block block)
    {
        switch (block)
        {
            case Block.Paragraph paragraph:
                text.Append(Text(paragraph.Text)).Append("\n\n");
                break;
            case Block.Bullets bullets:
                text.AppendJoin("", bullets.Items.Select(item => $"- {Text(item)}\n")).Append('\n');
                break;
            case Block.Table table:
                text.Append(Row(table.Headers)).Append(Row(table.Headers.Select(_ => "---"))).AppendJoin("", table.Rows.Select(Row)).Append('\n');
                break;
        }
    }

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(Text))} |\n";

    /// <summary>Nothing in a policy's texts is markup.</summary>
    private static string Text(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
            _ = c switch
            {
                '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '|' or '#' => escaped.Append('\\').Append(c),
                '\n' or '\r' => escaped.Append(' '),
                _ => escaped.Append(c),
            };
        return escaped.ToString();
    }
}
