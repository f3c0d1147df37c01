using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Integritet.Platform.PersonalData;

/// <summary>One personal value inside an event's JSON, with the means to replace it.</summary>
/// <param name="Field">JSON pointer of the value in its event; part of what the ciphertext is bound to.</param>
/// <param name="Subject">Pseudonym of the person it is about.</param>
/// <param name="Text">What stands there: the value, or its envelope.</param>
/// <param name="Replace">Puts something else in its place.</param>
internal sealed record PersonalValue(string Field, string? Subject, string Text, Action<string?> Replace);

/// <summary>
/// Where a type's JSON holds personal members: in itself, in nested records, in lists and dictionaries of either. Made once per type; throws <see cref="InvalidOperationException"/> for a type whose
/// personal members could not be protected.
/// </summary>
internal sealed class PersonalMembers
{
    private readonly JsonSerializerOptions _options;
    private readonly ConcurrentDictionary<Type, Shape> _shapes = new();

    public PersonalMembers(JsonSerializerOptions options) => _options = options;

    /// <summary>Whether events of this type have personal members at all.</summary>
    public bool AnyIn(Type type) => ShapeOf(type).HasPersonal;

    /// <summary>The personal values of an event's JSON.</summary>
    public IReadOnlyList<PersonalValue> In(JsonNode @event, Type type)
    {
        var found = new List<PersonalValue>();
        Walk(@event, ShapeOf(type), "", subject: null, found);
        return found;
    }

    private void Walk(JsonNode? node, Shape shape, string path, string? subject, List<PersonalValue> found)
    {
        switch (node)
        {
            case JsonObject map when shape.Element is { } element:
                foreach (var name in map.Select(m => m.Key).ToArray())
                    Walk(map[name], ShapeOf(element), $"{path}/{name}", subject, found);
                break;
            case JsonArray list when shape.Element is { } element:
                for (var i = 0; i < list.Count; i++)
                    Walk(list[i], ShapeOf(element), $"{path}/{i}", subject, found);
                break;
            case JsonObject record:
                WalkRecord(record, shape, path, shape.Subject is { } member ? (string?)record[member] : subject, found);
                break;
        }
    }

    private void WalkRecord(JsonObject record, Shape shape, string path, string? subject, List<PersonalValue> found)
    {
        foreach (var name in shape.Personal)
        {
            var field = $"{path}/{name}";
            if (record[name] is JsonValue value)
                found.Add(new PersonalValue(field, subject, value.GetValue<string>(), text => record[name] = text));
            else if (record[name] is JsonArray texts)
                found.AddRange(texts.Select((text, i) => new PersonalValue($"{field}/{i}", subject, text!.GetValue<string>(), replaced => texts[i] = replaced)).ToArray());
        }

        foreach (var (name, type) in shape.Nested)
            Walk(record[name], ShapeOf(type), $"{path}/{name}", subject, found);
    }

    private Shape ShapeOf(Type type) => _shapes.GetOrAdd(type, Inspect);

    private Shape Inspect(Type type)
    {
        var info = _options.GetTypeInfo(type);
        RequireKnownShape(info);
        if (info.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary)
            return new Shape { Element = info.ElementType, HasPersonal = Leads(info.ElementType!, [type]) };
        if (info.Kind != JsonTypeInfoKind.Object)
            return Shape.None;
        var personal = info.Properties.Where(p => Has<PersonalAttribute>(type, p)).ToArray();
        var subject = info.Properties.SingleOrDefault(p => Has<DataSubjectAttribute>(type, p));
        foreach (var member in personal)
            RequireProtectable(type, member);
        var nested = info.Properties.Except(personal).Where(p => Leads(p.PropertyType, [type])).ToArray();
        return new Shape
        {
            Personal = [.. personal.Select(p => p.Name)], Subject = subject?.Name, Nested = [.. nested.Select(p => (p.Name, p.PropertyType))], HasPersonal = personal.Length + nested.Length > 0,
        };
    }

    // Whether personal members can be met below a type; `above` ends the walk in types that contain themselves.
    private bool Leads(Type type, HashSet<Type> above)
    {
        if (!above.Add(type))
            return false;
        var info = _options.GetTypeInfo(type);
        RequireKnownShape(info);
        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary => Leads(info.ElementType!, above),
            JsonTypeInfoKind.Object => info.Properties.Any(p => Has<PersonalAttribute>(type, p) || Leads(p.PropertyType, above)),
            _ => false,
        };
    }

    // What is only known when a value is written cannot be looked through beforehand.
    private static void RequireKnownShape(JsonTypeInfo info)
    {
        if (info.Type == typeof(object) || info.Type == typeof(JsonElement) || typeof(JsonNode).IsAssignableFrom(info.Type) || info.PolymorphismOptions is not null)
            throw new InvalidOperationException($"A stored event has a member of type {info.Type.Name}: whether it holds personal data cannot be told. Give it a type of its own.");
    }

    private static void RequireProtectable(Type type, JsonPropertyInfo member)
    {
        var single = member.PropertyType == typeof(string);
        if (!single && !typeof(IEnumerable<string>).IsAssignableFrom(member.PropertyType))
            throw new InvalidOperationException($"{type.Name}.{member.Name} is [Personal]: that is for string? and lists of string?.");
        if (single && member.AttributeProvider is PropertyInfo property && new NullabilityInfoContext().Create(property).ReadState != NullabilityState.Nullable)
            throw new InvalidOperationException($"{type.Name}.{member.Name} is [Personal] and must be nullable: it is null once its key is destroyed.");
    }

    // Attributes of a positional record stand on the constructor's parameter unless told otherwise.
    private static bool Has<TAttribute>(Type type, JsonPropertyInfo member)
        where TAttribute : Attribute
    {
        if (member.AttributeProvider is not PropertyInfo property)
            return false;
        return property.IsDefined(typeof(TAttribute), inherit: true)
            || type.GetConstructors().SelectMany(c => c.GetParameters()).Any(p => string.Equals(p.Name, property.Name, StringComparison.OrdinalIgnoreCase) && p.IsDefined(typeof(TAttribute), inherit: true));
    }

    private sealed record Shape
    {
        public static Shape None { get; } = new();

        public bool HasPersonal { get; init; }

        public Type? Element { get; init; }

        public string? Subject { get; init; }

        public IReadOnlyList<string> Personal { get; init; } = [];

        public IReadOnlyList<(string Name, Type Type)> Nested { get; init; } = [];
    }
}
