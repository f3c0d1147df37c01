namespace Integritet.Platform.EventStore;

/// <summary>
/// A read model kept in the append's own transaction by one set-based SQL statement, and rebuilt from the log by the same statement.
/// </summary>
/// <param name="Name">Name, lower-case words and hyphens; unique in the service.</param>
/// <param name="Table">The table it owns. Created by <paramref name="CreateSql"/>; a rebuild fills a table of the same shape and swaps them.</param>
/// <param name="Version">Raise it when the SQL changes: the table is then rebuilt at start.</param>
/// <param name="EventTypes">Pinned names it takes part in; others are never shown to it.</param>
/// <param name="CreateSql">DDL of the table and its indexes, in which <c>{table}</c> stands for the table's name.</param>
/// <param name="ApplySql">
/// One statement over the relation <c>events</c> (columns of <c>mt_events</c>: seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers, user_name),
/// in which <c>{table}</c> stands for the table. The relation never holds two events of one key: two appends of one batch that touch one row are applied one after the other.
/// </param>
/// <param name="KeySql">SQL expression over <c>events e</c> that tells which row an event touches; the stream by default.</param>
public sealed record InlineProjection(
    string Name, string Table, int Version, IReadOnlyList<string> EventTypes, string CreateSql, string ApplySql, string KeySql = "(e.tenant_id, e.stream_id)");
