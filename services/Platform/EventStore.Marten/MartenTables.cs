#if USE_MARTEN
using System.Text.Json;
using System.Text.Json.Serialization;
using JasperFx;
using JasperFx.Events;
using JasperFx.MultiTenancy;
using Marten;
using Npgsql;

namespace Integritet.Platform.EventStore.Marten;

/// <summary>Marten as our stores use it: the settings under which its tables are the ones of <c>0001-marten-event-tables.sql</c>.</summary>
public static class MartenTables
{
    /// <summary>A document store on a service's database. Any Marten application that uses the same settings can read it.</summary>
    public static DocumentStore Open(NpgsqlDataSource dataSource) => DocumentStore.For(options =>
    {
        options.Connection(dataSource);
        options.DisableNpgsqlLogging = true;
        // Marten adds its append function; a difference in a table is a fault to be seen, never migrated.
        options.AutoCreateSchemaObjects = AutoCreate.CreateOnly;
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.TenancyStyle = TenancyStyle.Conjoined;
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.MetadataConfig.EnableAll();
        options.Events.MetadataConfig.UserNameEnabled = true; // EnableAll leaves it out
        options.Events.AddEventType<StoredJson>();
        options.UseSystemTextJsonForSerialization(configure: json => json.Converters.Add(new StoredJsonConverter()));
    });
}

/// <summary>An event's JSON as our serializer made it, with personal members already ciphertext.</summary>
internal sealed record StoredJson(ReadOnlyMemory<byte> Utf8);

/// <summary>Passes the bytes on as they are.</summary>
internal sealed class StoredJsonConverter : JsonConverter<StoredJson>
{
    public override StoredJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Stores are read by their own reader, which knows the pinned event names.");

    public override void Write(Utf8JsonWriter writer, StoredJson value, JsonSerializerOptions options) => writer.WriteRawValue(value.Utf8.Span);
}
#endif
