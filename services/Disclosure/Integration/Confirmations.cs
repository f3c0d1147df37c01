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

    /// <summary>What is confirmed of each of the streams.</summary>
    public Task<ConfirmedVersions> OfAsync(string controller, IReadOnlyCollection<string> streams, CancellationToken cancel) => Outage.TranslateAsync(ReadAsync(controller, streams, cancel));

    private async Task<ConfirmedVersions> ReadAsync(string controller, IReadOnlyCollection<string> streams, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select stream, version, consumer, applied_at from fact_confirmation where tenant_id = $1 and stream = any($2)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. streams], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var confirmed = new Dictionary<(string, long, string), DateTimeOffset>();
        while (await reader.ReadAsync(cancel))
            confirmed.Add((reader.GetString(0), reader.GetInt64(1), reader.GetString(2)), reader.GetFieldValue<DateTimeOffset>(3));
        return new ConfirmedVersions(confirmed, service => configuration[$"Services:{service}"] is not null);
    }
}

/// <summary>Which consumers apply which versions of which streams, and since when.</summary>
/// <param name="confirmed">By stream, version and consumer.</param>
/// <param name="isDeployed">Whether a service is part of this installation: nobody waits for one that is not.</param>
public sealed class ConfirmedVersions(IReadOnlyDictionary<(string Stream, long Version, string Consumer), DateTimeOffset> confirmed, Func<string, bool> isDeployed)
{
    /// <summary>When the last of those that consume <typeparamref name="TMessage"/> applied what a version told by it; null while one of them does not, or nobody is there to.</summary>
    public DateTimeOffset? EffectiveAt<TMessage>(string stream, long version)
        where TMessage : IStateMessage
    {
        DateTimeOffset? last = null;
        foreach (var consumer in typeof(TMessage).GetCustomAttribute<ConsumedByAttribute>()!.Services.Where(isDeployed))
        {
            if (!confirmed.TryGetValue((stream, version, consumer), out var at))
                return null;
            last = last > at ? last : at;
        }
        return last;
    }
}
