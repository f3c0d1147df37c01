using Integritet.Platform.EventStore.Appending;
using Npgsql;

namespace Integritet.Platform.EventStore.Reading;

/// <summary>Rows of <c>mt_events</c> as recorded events.</summary>
internal static class RecordedEvents
{
    public const string Columns = "seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, user_name, headers";

    public static RecordedEvent Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetString(5), row.GetFieldValue<byte[]>(6), new DateTimeOffset(row.GetDateTime(7)),
        EventHeaders.Read(TextOrNull(row, 8), TextOrNull(row, 9), TextOrNull(row, 10), row.IsDBNull(11) ? [] : row.GetFieldValue<byte[]>(11)));

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
