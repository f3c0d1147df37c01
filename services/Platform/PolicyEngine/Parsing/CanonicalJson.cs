using System.Globalization;
using System.Text;

namespace Integritet.Platform.PolicyEngine;

/// <summary>RFC 8785 JSON of a document's tree, so that comments, layout, quoting and the order of keys don't change its hash.</summary>
internal static class CanonicalJson
{
    public static byte[] Of(Node root)
    {
        var json = new StringBuilder();
        Write(root, json);
        return Encoding.UTF8.GetBytes(json.ToString());
    }

    private static void Write(Node node, StringBuilder json)
    {
        switch (node)
        {
            case Node.Scalar scalar:
                WriteScalar(scalar, json);
                break;
            case Node.Sequence sequence:
                WriteSequence(sequence, json);
                break;
            case Node.Mapping mapping:
                WriteMapping(mapping, json);
                break;
        }
    }

    /// <summary>Plain truth values and whole numbers are themselves; every other scalar is a text.</summary>
    private static void WriteScalar(Node.Scalar scalar, StringBuilder json)
    {
        if (scalar is { Plain: true, Text: "true" or "false" })
            json.Append(scalar.Text);
        else if (scalar.Plain && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            json.Append(number.ToString(CultureInfo.InvariantCulture));
        else
            WriteText(scalar.Text, json);
    }

    private static void WriteSequence(Node.Sequence sequence, StringBuilder json)
    {
        json.Append('[');
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            if (i > 0)
                json.Append(',');
            Write(sequence.Items[i], json);
        }
        json.Append(']');
    }

    private static void WriteMapping(Node.Mapping mapping, StringBuilder json)
    {
        json.Append('{');
        var first = true;
        foreach (var (key, value) in mapping.Entries.OrderBy(entry => entry.Key.Text, StringComparer.Ordinal))
        {
            if (!first)
                json.Append(',');
            first = false;
            WriteText(key.Text, json);
            json.Append(':');
            Write(value, json);
        }
        json.Append('}');
    }

    private static void WriteText(string text, StringBuilder json)
    {
        json.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\t' => json.Append("\\t"),
                '\n' => json.Append("\\n"),
                '\f' => json.Append("\\f"),
                '\r' => json.Append("\\r"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }
        json.Append('"');
    }
}
