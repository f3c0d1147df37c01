using System.Collections.Frozen;
using System.Reflection;

namespace Integritet.Platform.EventStore;

/// <summary>Pins the name under which a record is stored for ever; renaming the record must not change it.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class StoredEventAttribute(string name) : Attribute
{
    /// <summary>Lower-case words and hyphens, past tense, with a version: <c>consent-given.v1</c>.</summary>
    public string Name { get; } = name;
}

/// <summary>The stored event types of one service, by pinned name. An unknown type or name throws: an event nobody understands must not be passed over.</summary>
public sealed class StoredEvents
{
    private readonly FrozenDictionary<string, Type> _types;
    private readonly FrozenDictionary<Type, string> _names;

    private StoredEvents(IEnumerable<(string Name, Type Type)> types)
    {
        var all = types.ToArray();
        _types = all.ToFrozenDictionary(t => t.Name, t => t.Type, StringComparer.Ordinal);
        _names = all.ToFrozenDictionary(t => t.Type, t => t.Name);
    }

    /// <summary>All records of the assemblies that carry <see cref="StoredEventAttribute"/>. Throws when two share a name.</summary>
    public static StoredEvents In(params Assembly[] assemblies) => new(
        from assembly in assemblies.Distinct()
        from type in assembly.GetTypes()
        let attribute = type.GetCustomAttribute<StoredEventAttribute>(inherit: false)
        where attribute is not null
        select (attribute.Name, type));

    /// <summary>Every pinned name with its type.</summary>
    public IReadOnlyDictionary<string, Type> All => _types;

    /// <summary>The pinned name of a type; throws <see cref="InvalidOperationException"/> for one that is not stored.</summary>
    public string NameOf(Type type) => _names.TryGetValue(type, out var name) ? name : throw new InvalidOperationException($"{type} carries no [StoredEvent] name.");

    /// <summary>The type behind a pinned name; throws <see cref="InvalidOperationException"/> for an unknown one.</summary>
    public Type TypeOf(string name) => _types.TryGetValue(name, out var type) ? type : throw new InvalidOperationException($"No stored event is named '{name}' in this service.");
}
