using System.Reflection;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Disclosure.Integration;

/// <summary>Since when a fact of this service is effective: the last of the services that consume it has confirmed that it applies it.</summary>
public sealed class Confirmations(NpgsqlDataSource database, IConfiguration configuration)
{
    public static InlineProjection Projection { get; } = new(
        "fact-confirmations", "fact_confirmation", Version: 1, ["fact-confirmed.v1"],
        """
        create table {table} (
            tenant_id  varchar     not null,
            stream     varchar     not null,
            version    bigint      not null,
            consumer   varchar     not null,
            applied_at timestamptz not null,
            primary key (tenant_id, stream, version, consumer)
        )
        """,
        """
        insert into {table} (tenant_id, stream, version, consumer, applied_at)
        select e.tenant_id, e.data->>'factStream', (e.data->>'factVersion')::bigint, e.data->>'consumer', (e.data->>'appliedAt')::timestamptz
        from events e
        on conflict do nothing
        """);

    // Those that consume what this service tells, of those that are deployed.
    private readonly int _consumers = new[] { typeof(RecipientRegistered), typeof(AgreementRegistered), typeof(AccessRightGranted), typeof(CaseChanged), typeof(CaseSubjectsAdded) }
        .SelectMany(message => message.GetCustomAttribute<ConsumedByAttribute>()!.Services).Distinct(StringComparer.Ordinal).Count(service => configuration[$"Services:{service}"] is not null);

    /// <summary>For each of the streams: the versions that every consumer has confirmed, and when the last of them did.</summary>
    public Task<ConfirmedVersions> OfAsync(string controller, IReadOnlyCollection<string> streams, CancellationToken cancel) => Outage.TranslateAsync(ReadAsync(controller, streams, cancel));

    private async Task<ConfirmedVersions> ReadAsync(string controller, IReadOnlyCollection<string> streams, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select stream, version, max(applied_at) from fact_confirmation
            where tenant_id = $1 and stream = any($2) group by stream, version having count(*) >= $3
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. streams], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Math.Max(_consumers, 1) });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var confirmed = new Dictionary<(string, long), DateTimeOffset>();
        while (await reader.ReadAsync(cancel))
            confirmed.Add((reader.GetString(0), reader.GetInt64(1)), reader.GetFieldValue<DateTimeOffset>(2));
        return new ConfirmedVersions(confirmed);
    }
}

/// <summary>Which versions of which streams are applied everywhere, and since when.</summary>
public sealed class ConfirmedVersions(IReadOnlyDictionary<(string Stream, long Version), DateTimeOffset> confirmed)
{
    /// <summary>When this version was applied everywhere; null while it is not.</summary>
    public DateTimeOffset? EffectiveAt(string stream, long version) => confirmed.TryGetValue((stream, version), out var at) ? at : null;

    /// <summary>When the last of all versions up to this one was applied everywhere; null while one of them is not.</summary>
    public DateTimeOffset? AllEffectiveAt(string stream, long upTo)
    {
        DateTimeOffset? last = null;
        for (var version = 1L; version <= upTo; version++)
        {
            if (EffectiveAt(stream, version) is not { } at)
                return null;
            last = last > at ? last : at;
        }
        return last;
    }
}
