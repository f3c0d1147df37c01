using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlParser = YamlDotNet.Core.Parser;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads one YAML document into a tree. Anchors, aliases, tags and a second document are refused: a policy says everything once, in the open.</summary>
internal sealed class YamlTree
{
    private readonly YamlParser _events;
    private readonly TreeLimits _limits = new();

    private YamlTree(string text) => _events = new YamlParser(new StringReader(text));

    /// <summary>Throws <see cref="UnreadableDocumentException"/> for anything that is not one plain YAML document.</summary>
    public static Node Read(string text)
    {
        var tree = new YamlTree(text);
        try
        {
            return tree.ReadDocument();
        }
        catch (YamlException e)
        {
            // The scanner places a tab at the beginning of the mapping around it.
            var tab = e.Message.Contains("tab", StringComparison.Ordinal) ? Array.FindIndex(text.Split('\n'), line => line.TrimStart(' ').StartsWith('\t')) + 1 : 0;
            throw new UnreadableDocumentException(
                tab > 0 ? new PolicyProblem(tab, 1, "", "indent with spaces, not tabs") : new PolicyProblem(Number(e.End.Line), Number(e.End.Column), "", $"not YAML: {e.Message}"));
        }
        // The scanner lets these escape on absurd escapes and numbers, e.g. "\UFFFFFFFF".
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            var at = tree._events.Current?.Start ?? Mark.Empty;
            throw new UnreadableDocumentException(new PolicyProblem(Number(at.Line), Number(at.Column), "", $"not YAML: {e.Message}"));
        }
    }

    private Node ReadDocument()
    {
        _events.MoveNext();
        _events.MoveNext();
        if (_events.Current is not DocumentStart)
            throw Unreadable("the document is empty");
        _events.MoveNext();
        var root = ReadNode(depth: 1);
        _events.MoveNext();
        if (_events.Current is not StreamEnd)
            throw Unreadable("a policy is one YAML document; here begins a second one");
        return root;
    }

    /// <summary>Reads the node that begins at the current event, and moves past it.</summary>
    private Node ReadNode(int depth)
    {
        var current = _events.Current!;
        var (line, column) = (Number(current.Start.Line), Number(current.Start.Column));
        _limits.Count(line, column, depth);
        if (current is AnchorAlias)
            throw Unreadable("aliases are not part of the policy language: say it again, or name a group");
        if (current is NodeEvent { Anchor.IsEmpty: false })
            throw Unreadable("anchors are not part of the policy language: say it again, or name a group");
        if (current is NodeEvent { Tag.IsEmpty: false })
            throw Unreadable("tags are not part of the policy language");
        return current switch
        {
            Scalar scalar => ReadScalar(scalar, line, column),
            SequenceStart => ReadSequence(line, column, depth),
            MappingStart => ReadMapping(line, column, depth),
            _ => throw Unreadable("a value is missing here"),
        };
    }

    private Node.Scalar ReadScalar(Scalar scalar, int line, int column)
    {
        TreeLimits.CheckText(scalar.Value, line, column);
        _events.MoveNext();
        return new Node.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain, line, column);
    }

    private Node.Sequence ReadSequence(int line, int column, int depth)
    {
        var items = new List<Node>();
        _events.MoveNext();
        while (_events.Current is not SequenceEnd)
            items.Add(ReadNode(depth + 1));
        _events.MoveNext();
        return new Node.Sequence(items, line, column);
    }

    private Node.Mapping ReadMapping(int line, int column, int depth)
    {
        var entries = new List<(Node.Scalar, Node)>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        _events.MoveNext();
        while (_events.Current is not MappingEnd)
        {
            if (ReadNode(depth + 1) is not Node.Scalar key)
                throw new UnreadableDocumentException(new PolicyProblem(line, column, "", "a key must be a text"));
            if (!keys.Add(key.Text))
                throw new UnreadableDocumentException(new PolicyProblem(key.Line, key.Column, "", $"'{key.Text}' is said twice here"));
            entries.Add((key, ReadNode(depth + 1)));
        }
        _events.MoveNext();
        return new Node.Mapping(entries, line, column);
    }

    private UnreadableDocumentException Unreadable(string message)
    {
        var at = _events.Current?.Start ?? Mark.Empty;
        return new UnreadableDocumentException(new PolicyProblem(Number(at.Line), Number(at.Column), "", message));
    }

    private static int Number(long lineOrColumn) => (int)Math.Clamp(lineOrColumn, 1, int.MaxValue);
}
