using System.Security.Cryptography;
using System.Text;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads policy documents: YAML, or JSON with the same keys (a document that begins with a brace). Strict: what it does not know it refuses, with line, column, pointer and a suggestion. No input makes it throw.</summary>
public static class PolicyParser
{
    /// <summary>Most bytes of a document.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Most problems told at once.</summary>
    public const int MaxProblems = 100;

    /// <summary>Conditions that are one word.</summary>
    public static IReadOnlyCollection<string> ConditionWords => ConditionReader.Bare;

    /// <summary>Conditions that say which.</summary>
    public static IReadOnlyCollection<string> DetailedConditions => ConditionReader.Detailed;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A document, or what is wrong with it.</summary>
    public static PolicyParseResult Parse(ReadOnlyMemory<byte> utf8)
    {
        Node root;
        try
        {
            root = ReadTree(utf8);
        }
        catch (UnreadableDocumentException e)
        {
            return new PolicyParseResult.Faulty([e.Problem], Readable: false);
        }
        var canonical = CanonicalJson.Of(root);
        var problems = new Problems();
        var document = new DocumentReader(problems).Read(root, canonical, Convert.ToHexStringLower(SHA256.HashData(canonical)));
        return problems.None ? new PolicyParseResult.Parsed(document) : new PolicyParseResult.Faulty(problems.InOrder(), Readable: true);
    }

    private static Node ReadTree(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
            throw new UnreadableDocumentException(new PolicyProblem(1, 1, "", $"larger than {MaxBytes} bytes"));
        if (utf8.Span.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        string text;
        try
        {
            text = StrictUtf8.GetString(utf8.Span);
        }
        catch (DecoderFallbackException e)
        {
            var line = utf8.Span[..Math.Clamp(e.Index, 0, utf8.Length)].Count((byte)'\n') + 1;
            throw new UnreadableDocumentException(new PolicyProblem(line, 1, "", "not UTF-8"));
        }
        return IsJson(utf8.Span) ? JsonTree.Read(utf8.Span) : YamlTree.Read(text);
    }

    /// <summary>Whether a document is written in JSON: its first visible character is a brace.</summary>
    public static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        var rest = utf8.TrimStart(" \t\r\n"u8);
        return !rest.IsEmpty && rest[0] == (byte)'{';
    }
}
