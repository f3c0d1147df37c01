using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Policy.Versions;

/// <summary>One row of a controller's versions.</summary>
public sealed record VersionRow(int Version, string Hash, string? File, DateTimeOffset DraftedAt, DateTimeOffset? PublishedAt, DateTimeOffset? EffectiveFrom);

/// <summary>The versions of every controller, without their documents.</summary>
public sealed class VersionList(NpgsqlDataSource database)
{
    public static InlineProjection Projection { get; } = new(
        "policy-versions", "policy_version", 1,
        ["policy-drafted.v1", "policy-draft-replaced.v1", "policy-version-published.v1"],
        """
        create table {table} (
            controller text not null,
            version int not null,
            hash text not null,
            file text,
            drafted_at timestamptz not null,
            published_at timestamptz,
            effective_from timestamptz,
            primary key (controller, version))
        """,
        """
        insert into {table} as v (controller, version, hash, file, drafted_at, published_at, effective_from)
        select e.tenant_id, (e.data->>'version')::int, e.data->>'hash', e.data->>'file',
               coalesce((e.data->>'draftedAt')::timestamptz, e.timestamp), (e.data->>'publishedAt')::timestamptz, (e.data->>'effectiveFrom')::timestamptz
        from events e
        on conflict (controller, version) do update set
            hash = excluded.hash,
            published_at = coalesce(excluded.published_at, v.published_at),
            effective_from = coalesce(excluded.effective_from, v.effective_from)
        """);

    /// <summary>Versions after <paramref name="after"/>, oldest first.</summary>
    public async Task<IReadOnlyList<VersionRow>> ReadAsync(string controller, int after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "select version, hash, file, drafted_at, published_at, effective_from from policy_version where controller = $1 and version > $2 order by version limit $3");
        command.Parameters.Add(new() { Value = controller });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await ReadRowsAsync(command, cancellationToken);
    }

    /// <summary>The newest version, draft or published; null where there is none.</summary>
    public Task<VersionRow?> NewestAsync(string controller, CancellationToken cancellationToken) => OneAsync("true", controller, null, cancellationToken);

    /// <summary>The newest published version, in force or not yet; null where there is none.</summary>
    public Task<VersionRow?> NewestPublishedAsync(string controller, CancellationToken cancellationToken) => OneAsync("published_at is not null", controller, null, cancellationToken);

    /// <summary>The newest published version with a lower number; null where there is none.</summary>
    public async Task<VersionRow?> PublishedBeforeAsync(string controller, int version, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "select version, hash, file, drafted_at, published_at, effective_from from policy_version where controller = $1 and version < $2 and published_at is not null order by version desc limit 1");
        command.Parameters.Add(new() { Value = controller });
        command.Parameters.Add(new() { Value = version });
        return await ReadRowsAsync(command, cancellationToken) is [var row] ? row : null;
    }

    /// <summary>The newest version that came from the mounted directory; null where there is none.</summary>
    public Task<VersionRow?> NewestFromFileAsync(string controller, CancellationToken cancellationToken) => OneAsync("file is not null", controller, null, cancellationToken);

    /// <summary>The version in force at an instant: the highest published one whose time has come; null before the first.</summary>
    public Task<VersionRow?> InForceAsync(string controller, DateTimeOffset at, CancellationToken cancellationToken) => OneAsync("effective_from <= $2", controller, at, cancellationToken);

    /// <summary>Every published version of every controller.</summary>
    public async Task<IReadOnlyList<(string Controller, int Version)>> PublishedAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select controller, version from policy_version where published_at is not null order by controller, version");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(string, int)>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add((reader.GetString(0), reader.GetInt32(1)));
        return rows;
    }

    private async Task<VersionRow?> OneAsync(string which, string controller, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"select version, hash, file, drafted_at, published_at, effective_from from policy_version where controller = $1 and {which} order by version desc limit 1");
        command.Parameters.Add(new() { Value = controller });
        if (at is { } instant)
            command.Parameters.Add(new() { Value = instant.UtcDateTime });
        return await ReadRowsAsync(command, cancellationToken) is [var row] ? row : null;
    }

    private static async Task<IReadOnlyList<VersionRow>> ReadRowsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<VersionRow>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new VersionRow(reader.GetInt32(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), Instant(reader, 4), Instant(reader, 5)));
        return rows;
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
