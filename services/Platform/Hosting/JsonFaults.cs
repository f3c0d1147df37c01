using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Integritet.Platform.Hosting;

/// <summary>Tells what the deserialiser found wrong in the caller's terms: JSON pointers, no .NET type names, no values.</summary>
internal static partial class JsonFaults
{
    private const int MaxNameLength = 100;

    public static IEnumerable<ProblemError> Of(JsonException e)
    {
        var pointer = PointerOf(e.Path ?? "$");
        var named = QuotedNames().Matches(e.Message).Select(m => m.Groups["name"].Value).ToArray();
        // The first name is that of the .NET type.
        if (e.Message.Contains("missing required properties", StringComparison.Ordinal))
            return named.Skip(1).Select(name => new ProblemError($"The member '{name}' is required.", Member(pointer, name)));
        if (e.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal))
            return [new ProblemError("This member is unknown here.", Member(pointer, named.FirstOrDefault()))];
        if (e.Message.Contains("Duplicate property", StringComparison.Ordinal))
            return [new ProblemError("This member is given twice.", Member(pointer, named.FirstOrDefault()))];
        if (e.Message.StartsWith("An instant", StringComparison.Ordinal))
            return [new ProblemError("An instant is written as in RFC 3339, with Z or an offset: 2026-11-02T10:00:00Z.", pointer)];
        return [new ProblemError("This value is not of the type that is taken here.", pointer)];
    }

    /// <summary>Escapes one part of a JSON pointer (RFC 6901) and bounds it: names come from the caller.</summary>
    public static string Escape(string part)
    {
        var bounded = part.Length > MaxNameLength ? part[..MaxNameLength] + "…" : part;
        return bounded.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
    }

    // Whether the path of the exception already ends in the member it is about depends on the kind of fault.
    private static string Member(string pointer, string? name)
    {
        if (name is null)
            return pointer;
        var part = '/' + Escape(name);
        return pointer.EndsWith(part, StringComparison.Ordinal) ? pointer : pointer + part;
    }

    // "$.a['odd name'][3].b" is "/a/odd name/3/b".
    private static string PointerOf(string path)
    {
        var pointer = new StringBuilder();
        foreach (Match part in PathParts().Matches(path))
            pointer.Append('/').Append(Escape(part.Groups["part"].Value));
        return pointer.ToString();
    }

    [GeneratedRegex(@"'(?<name>[^']*)'", RegexOptions.ExplicitCapture, 100)]
    private static partial Regex QuotedNames();

    [GeneratedRegex(@"\.(?<part>[^.\[]+)|\['(?<part>.*?)'\]|\[(?<part>\d+)\]", RegexOptions.ExplicitCapture, 100)]
    private static partial Regex PathParts();
}
