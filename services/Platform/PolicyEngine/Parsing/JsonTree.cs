using System.Text;
using System.Text.Json;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads a JSON document into the same tree as YAML.</summary>
internal ref struct JsonTree
{
    private readonly ReadOnlySpan<byte> _utf8;
    private readonly TreeLimits _limits = new();
    private Utf8JsonReader _reader;
    private int _line = 1;
    private int _lineStart;
    private int _scanned;

    private JsonTree(ReadOnlySpan<byte> utf8)
    {
        _utf8 = utf8;
        _reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = TreeLimits.MaxDepth + 1 });
    }

    /// <summary>Throws <see cref="UnreadableDocumentException"/> for anything that is not one JSON document.</summary>
    public static Node Read(ReadOnlySpan<byte> utf8)
    {
        var tree = new JsonTree(utf8);
        try
        {
            tree._reader.Read();
            var root = tree.ReadNode(depth: 1);
            tree._reader.Read();
            return root;
        }
        catch (JsonException e)
        {
            throw new UnreadableDocumentException(new PolicyProblem((int)(e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1, "", "not JSON: " + e.Message));
        }
        // A string that ends in half a surrogate pair has no text.
        catch (InvalidOperationException e)
        {
            throw new UnreadableDocumentException(new PolicyProblem(tree._line, 1, "", "not JSON: " + e.Message));
        }
    }

    private Node ReadNode(int depth)
    {
        var (line, column) = Position();
        _limits.Count(line, column, depth);
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadMapping(line, column, depth);
            case JsonTokenType.StartArray:
                return ReadSequence(line, column, depth);
            case JsonTokenType.String:
                return new Node.Scalar(ReadText(line, column), Plain: false, line, column);
            case JsonTokenType.Null:
                return new Node.Scalar("", Plain: true, line, column);
            default:
                return new Node.Scalar(Encoding.UTF8.GetString(_reader.ValueSpan), Plain: true, line, column);
        }
    }

    private Node.Mapping ReadMapping(int line, int column, int depth)
    {
        var entries = new List<(Node.Scalar, Node)>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var (keyLine, keyColumn) = Position();
            var key = ReadText(keyLine, keyColumn);
            if (!keys.Add(key))
                throw new UnreadableDocumentException(new PolicyProblem(keyLine, keyColumn, "", $"'{key}' is said twice here"));
            _reader.Read();
            entries.Add((new Node.Scalar(key, Plain: false, keyLine, keyColumn), ReadNode(depth + 1)));
        }
        return new Node.Mapping(entries, line, column);
    }

    private Node.Sequence ReadSequence(int line, int column, int depth)
    {
        var items = new List<Node>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            items.Add(ReadNode(depth + 1));
        return new Node.Sequence(items, line, column);
    }

    private readonly string ReadText(int line, int column)
    {
        var text = _reader.GetString()!;
        TreeLimits.CheckText(text, line, column);
        return text;
    }

    private (int Line, int Column) Position()
    {
        var at = (int)_reader.TokenStartIndex;
        for (; _scanned < at; _scanned++)
            if (_utf8[_scanned] == '\n')
                (_line, _lineStart) = (_line + 1, _scanned + 1);
        return (_line, at - _lineStart + 1);
    }
}
