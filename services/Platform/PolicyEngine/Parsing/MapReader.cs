using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using NodaTime.Text;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Problems found so far, at most <see cref="PolicyParser.MaxProblems"/>.</summary>
internal sealed class Problems
{
    private readonly List<PolicyProblem> _found = [];

    public bool None => _found.Count == 0;

    public void Add(Node at, string pointer, string message)
    {
        if (_found.Count < PolicyParser.MaxProblems)
            _found.Add(new PolicyProblem(at.Line, at.Column, pointer, message));
    }

    public ImmutableArray<PolicyProblem> InOrder() => [.. _found.OrderBy(p => p.Line).ThenBy(p => p.Column)];
}

/// <summary>
/// Reads one mapping strictly: every key must have been asked for, every value must be of its kind. What is wrong is noted and an empty value returned, so that one reading finds all problems.
/// </summary>
internal sealed partial class MapReader
{
    private readonly Problems _problems;
    private readonly Dictionary<string, (Node.Scalar Key, Node Value)> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public MapReader(Node node, string pointer, Problems problems)
    {
        (Node, Pointer, _problems) = (node, pointer, problems);
        if (node is Node.Mapping mapping)
            foreach (var entry in mapping.Entries)
                _entries[entry.Key.Text] = entry;
        else
            problems.Add(node, pointer, "expected keys with values here");
    }

    public Node Node { get; }

    public string Pointer { get; }

    public Problems Problems => _problems;

    public IEnumerable<(Node.Scalar Key, Node Value)> Entries => _entries.Values;

    /// <summary>Notes every key that nobody asked for, with the nearest that was.</summary>
    public void Done()
    {
        foreach (var (key, _) in _entries.Values)
            if (!_asked.Contains(key.Text))
                _problems.Add(key, PointerTo(key.Text), Suggestion.Unknown("key", key.Text, _asked));
    }

    public bool Has(string key)
    {
        _asked.Add(key);
        return _entries.ContainsKey(key);
    }

    public Node? Value(string key) => Has(key) ? _entries[key].Value : null;

    public string PointerTo(string key) => $"{Pointer}/{Escape(key)}";

    public void Problem(string key, string message) => _problems.Add(_entries.TryGetValue(key, out var entry) ? entry.Value : Node, PointerTo(key), message);

    public MapReader? Map(string key)
    {
        if (Value(key) is { } value)
            return new MapReader(value, PointerTo(key), _problems);
        return null;
    }

    public MapReader Needed(string key)
    {
        if (Map(key) is { } map)
            return map;
        _problems.Add(Node, Pointer, $"'{key}' is missing");
        return new MapReader(new Node.Mapping([], Node.Line, Node.Column), PointerTo(key), _problems);
    }

    /// <summary>The mappings of a list.</summary>
    public IEnumerable<MapReader> Maps(string key)
    {
        switch (Value(key))
        {
            case null:
                return [];
            case Node.Sequence sequence:
                return sequence.Items.Select((item, i) => new MapReader(item, $"{PointerTo(key)}/{i}", _problems));
            default:
                Problem(key, "expected a list here");
                return [];
        }
    }

    public string Text(string key, int maxLength = 200)
    {
        if (OptionalText(key, maxLength) is { } text)
            return text;
        if (!_entries.ContainsKey(key))
            _problems.Add(Node, Pointer, $"'{key}' is missing");
        return "";
    }

    public string? OptionalText(string key, int maxLength = 200)
    {
        if (Value(key) is not { } value)
            return null;
        if (value is not Node.Scalar { Text: { Length: > 0 } text })
            Problem(key, "expected a text here");
        else if (text.Length > maxLength)
            Problem(key, $"longer than {maxLength} characters");
        else
            return text;
        return null;
    }

    public bool Flag(string key, bool otherwise = false)
    {
        if (Value(key) is not { } value)
            return otherwise;
        if (value is Node.Scalar { Plain: true, Text: "true" or "false" } scalar)
            return string.Equals(scalar.Text, "true", StringComparison.Ordinal);
        Problem(key, "expected true or false here");
        return otherwise;
    }

    public int? Number(string key, int min, int max)
    {
        if (Value(key) is not { } value)
            return null;
        if (value is Node.Scalar { Plain: true } scalar && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        Problem(key, $"expected a whole number from {min} to {max} here");
        return null;
    }

    /// <summary>A name out of a known list.</summary>
    public string Name(string key, string what, IReadOnlyCollection<string> known)
    {
        var name = Text(key);
        if (name.Length > 0 && !known.Contains(name))
            Problem(key, Suggestion.Unknown(what, name, known));
        return name;
    }

    public string? OptionalName(string key, string what, IReadOnlyCollection<string> known) => Has(key) ? Name(key, what, known) : null;

    /// <summary>Names out of a known list; one alone needs no brackets.</summary>
    public ImmutableArray<string> List(string key, string what, IReadOnlyCollection<string> known) =>
        Value(key) is { } value ? Names(value, PointerTo(key), what, known) : [];

    public ImmutableArray<string> Names(Node node, string pointer, string what, IReadOnlyCollection<string> known)
    {
        if (node is Node.Scalar single)
            node = new Node.Sequence([single], node.Line, node.Column);
        if (node is not Node.Sequence sequence)
        {
            _problems.Add(node, pointer, "expected a list of names here");
            return [];
        }
        if (sequence.Items.Count == 0)
            _problems.Add(node, pointer, "an empty list: leave the key out to mean any");
        var names = ImmutableArray.CreateBuilder<string>(sequence.Items.Count);
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            var at = $"{pointer}/{i}";
            if (sequence.Items[i] is not Node.Scalar item)
                _problems.Add(sequence.Items[i], at, "expected a name here");
            else if (!known.Contains(item.Text))
                _problems.Add(item, at, Suggestion.Unknown(what, item.Text, known));
            else if (names.Contains(item.Text))
                _problems.Add(item, at, $"'{item.Text}' is said twice here");
            else
                names.Add(item.Text);
        }
        return names.ToImmutable();
    }

    /// <summary>One of an enumeration's members, written in lower-case words and hyphens.</summary>
    public T Choice<T>(string key, T otherwise, bool needed = false)
        where T : struct, Enum
    {
        if (!Has(key))
        {
            if (needed)
                _problems.Add(Node, Pointer, $"'{key}' is missing");
            return otherwise;
        }
        var written = Name(key, key, Written<T>.Names);
        var index = Array.IndexOf(Written<T>.Names, written);
        return index < 0 ? otherwise : Written<T>.Values[index];
    }

    /// <summary>An ISO 8601 period such as P28D or P1M.</summary>
    public Period? Duration(string key, bool mayBeZero = false, bool hours = false)
    {
        if (OptionalText(key) is not { } text)
            return null;
        var parsed = PeriodPattern.NormalizingIso.Parse(text);
        if (!parsed.Success || !text.StartsWith('P') || !Period().IsMatch(text))
            Problem(key, $"'{text}' is no ISO 8601 period such as P28D, P1M or P7Y");
        else if (!hours && parsed.Value.HasTimeComponent)
            Problem(key, "expected calendar days, months or years here, such as P28D");
        else if (!mayBeZero && parsed.Value == NodaTime.Period.Zero)
            Problem(key, "a period of nothing");
        else if (IsAbsurd(parsed.Value))
            Problem(key, "longer than a hundred years");
        else
            return parsed.Value;
        return null;
    }

    private static bool IsAbsurd(Period period) =>
        (period.Years * 365.0) + (period.Months * 30.0) + (period.Weeks * 7.0) + period.Days + (period.Hours / 24.0) > 36_525;

    public static string Escape(string key) => key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    [GeneratedRegex("^P([0-9]{1,6}Y)?([0-9]{1,6}M)?([0-9]{1,6}W)?([0-9]{1,6}D)?(T([0-9]{1,6}H)?)?\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Period();

    /// <summary>An enumeration's members in their written form.</summary>
    private static class Written<T>
        where T : struct, Enum
    {
        public static readonly T[] Values = Enum.GetValues<T>();
        public static readonly string[] Names = [.. Values.Select(value => ReasonCodes.Hyphenated(value.ToString()))];
    }
}
