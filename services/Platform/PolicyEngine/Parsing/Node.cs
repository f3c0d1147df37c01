namespace Integritet.Platform.PolicyEngine;

/// <summary>A document as a tree with positions, before anybody asks what it means. YAML and JSON give the same tree.</summary>
internal abstract record Node(int Line, int Column)
{
    /// <summary>One step of a JSON pointer; null where there is none.</summary>
    public Node? Child(string part) => this switch
    {
        Mapping mapping => mapping.Entries.FirstOrDefault(entry => string.Equals(MapReader.Escape(entry.Key.Text), part, StringComparison.Ordinal)).Value,
        Sequence sequence when int.TryParse(part, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index) && index < sequence.Items.Count => sequence.Items[index],
        _ => null,
    };

    /// <summary>A text, number or truth value. Only a plain (unquoted) one can be a number or truth value.</summary>
    public sealed record Scalar(string Text, bool Plain, int Line, int Column) : Node(Line, Column);

    public sealed record Sequence(IReadOnlyList<Node> Items, int Line, int Column) : Node(Line, Column);

    public sealed record Mapping(IReadOnlyList<(Scalar Key, Node Value)> Entries, int Line, int Column) : Node(Line, Column);
}

/// <summary>Reading stopped: the document cannot be understood past this point.</summary>
internal sealed class UnreadableDocumentException(PolicyProblem problem) : Exception(problem.Message)
{
    public PolicyProblem Problem { get; } = problem;
}

/// <summary>What a document may grow to while it is read.</summary>
internal sealed class TreeLimits
{
    private int _nodes;

    public const int MaxDepth = 32;
    public const int MaxNodes = 100_000;

    public void Count(int line, int column, int depth)
    {
        if (depth > MaxDepth)
            throw new UnreadableDocumentException(new PolicyProblem(line, column, "", $"nested deeper than {MaxDepth} levels"));
        if (++_nodes > MaxNodes)
            throw new UnreadableDocumentException(new PolicyProblem(line, column, "", $"more than {MaxNodes} values"));
    }

    public static void CheckText(string text, int line, int column)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                throw new UnreadableDocumentException(new PolicyProblem(line, column, "", "half of a surrogate pair: not a Unicode text"));
            else if (char.IsControl(text[i]) && text[i] != '\n')
                throw new UnreadableDocumentException(new PolicyProblem(line, column, "", $"control character U+{(int)text[i]:X4}"));
        }
    }
}
