using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Platform.EventStore;

namespace Integritet.Platform.PersonalData;

/// <summary>
/// The JSON of stored events in which every <see cref="PersonalAttribute"/> member is ciphertext under its record's data key. A member whose key was destroyed is read as null.
/// Throws <see cref="CryptographicException"/> when a ciphertext was changed or moved.
/// </summary>
public sealed class PersonalDataSerializer : IEventSerializer
{
    private readonly StoredEvents _events;
    private readonly DataKeys _keys;
    private readonly PersonalMembers _members = new(EventJson.Options);

    /// <summary>Looks through all stored events; throws <see cref="InvalidOperationException"/> for one whose personal members could not be protected.</summary>
    public PersonalDataSerializer(StoredEvents events, DataKeys keys)
    {
        (_events, _keys) = (events, keys);
        foreach (var type in events.All.Values)
            _members.AnyIn(type);
    }

    /// <inheritdoc/>
    public async ValueTask<EventToAppend> SerializeAsync(string tenant, string stream, object @event, CancellationToken cancellationToken)
    {
        var (id, type) = (Guid.CreateVersion7(), @event.GetType());
        var data = _members.AnyIn(type) ? await SealAsync(id, tenant, stream, @event, type, cancellationToken) : EventJson.Serialize(@event);
        return new EventToAppend(id, _events.NameOf(type), JsonEventSerializer.DotNetTypeName(type), data);
    }

    /// <inheritdoc/>
    public async ValueTask<object> DeserializeAsync(RecordedEvent recorded, CancellationToken cancellationToken)
    {
        var type = _events.TypeOf(recorded.Type);
        var data = _members.AnyIn(type) ? await OpenAsync(recorded, type, cancellationToken) : recorded.Data;
        return EventJson.Deserialize(data.Span, type);
    }

    private async ValueTask<byte[]> SealAsync(Guid id, string tenant, string stream, object @event, Type type, CancellationToken cancellationToken)
    {
        var json = JsonNode.Parse(EventJson.Serialize(@event))!;
        foreach (var ofOne in _members.In(json, type).GroupBy(value => value.Subject, StringComparer.Ordinal))
        {
            var subject = ofOne.Key ?? throw new InvalidOperationException($"{type.Name} holds personal members but no [DataSubject] that tells whose they are.");
            var key = await _keys.GetOrCreateAsync(new KeyScope(tenant, subject, stream), cancellationToken);
            foreach (var value in ofOne)
                value.Replace(Envelope.Seal(key.Bytes, key.Id, tenant, id, value.Field, value.Text));
            CryptographicOperations.ZeroMemory(key.Bytes);
        }

        return JsonSerializer.SerializeToUtf8Bytes(json, EventJson.Options);
    }

    private async ValueTask<ReadOnlyMemory<byte>> OpenAsync(RecordedEvent recorded, Type type, CancellationToken cancellationToken)
    {
        var json = JsonNode.Parse(recorded.Data.Span)!;
        foreach (var ofOneKey in _members.In(json, type).GroupBy(value => Envelope.KeyIdOf(value.Text)))
        {
            var key = await _keys.FindAsync(ofOneKey.Key, cancellationToken);
            foreach (var value in ofOneKey)
                value.Replace(key is null ? null : Envelope.Open(key.Bytes, value.Text, key.Id, recorded.Tenant, recorded.Id, value.Field));
            CryptographicOperations.ZeroMemory(key?.Bytes);
        }

        return JsonSerializer.SerializeToUtf8Bytes(json, EventJson.Options);
    }
}
