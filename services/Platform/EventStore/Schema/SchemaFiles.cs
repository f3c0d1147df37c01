using System.Reflection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.EventStore;

/// <summary>
/// A part's numbered SQL files (<c>0001-words.sql</c>, …), embedded in its assembly. Each is applied once, in order of its name, in a transaction of its own.
/// A file that was applied is never edited: a change is the next number.
/// </summary>
/// <param name="Part">Name of the part the numbers belong to: <c>event-store</c>, <c>personal-data</c>, <c>ledger</c>.</param>
/// <param name="Assembly">Where the files are embedded.</param>
/// <param name="ResourcePrefix">What the resource names begin with, up to the number, for example <c>Integritet.Audit.Ledger.Schema.</c></param>
public sealed record SchemaFiles(string Part, Assembly Assembly, string ResourcePrefix)
{
    /// <summary>The event store's own files.</summary>
    public static SchemaFiles EventStore { get; } = new("event-store", typeof(SchemaFiles).Assembly, "Integritet.Platform.EventStore.Schema.");

    /// <summary>File names with their text, in order. Throws when there is none: a wrong prefix must not pass for an empty schema.</summary>
    internal IReadOnlyList<(string Name, string Sql)> Read()
    {
        var names = Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToArray();
        if (names.Length == 0)
            throw new InvalidOperationException($"{Assembly.GetName().Name} embeds no SQL files under '{ResourcePrefix}'.");
        return [.. names.Select(name => (name[ResourcePrefix.Length..], Text(name)))];
    }

    private string Text(string resource)
    {
        using var reader = new StreamReader(Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}

/// <summary>Brings a database to the schema of the running code. Replicas that start together take turns under one lock.</summary>
public sealed partial class SchemaUpgrade(NpgsqlDataSource dataSource, ILogger<SchemaUpgrade> logger)
{
    /// <summary>Applies what has not been applied yet, part by part in the order given, then whatever else has to be done by one replica at a time.</summary>
    public async Task ApplyAsync(IEnumerable<SchemaFiles> parts, Func<CancellationToken, Task>? andThen = null, CancellationToken cancellationToken = default)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(connection, $"select pg_advisory_lock({Locks.Schema})", cancellationToken);
        try
        {
            await ExecuteAsync(
                connection,
                """
                create table if not exists integritet_schema (
                    part varchar not null, file varchar not null, applied_at timestamptz not null default now(), primary key (part, file))
                """,
                cancellationToken);
            foreach (var part in parts)
                await ApplyAsync(connection, part, cancellationToken);
            if (andThen is not null)
                await andThen(cancellationToken);
            await ExecuteAsync(connection, $"select pg_advisory_unlock({Locks.Schema})", CancellationToken.None);
        }
        catch
        {
            dataSource.Clear(); // the session ends, and the lock with it
            throw;
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, SchemaFiles part, CancellationToken cancellationToken)
    {
        foreach (var (file, sql) in part.Read())
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var record = new NpgsqlCommand("insert into integritet_schema (part, file) values ($1, $2) on conflict do nothing", connection, transaction)
            {
                Parameters = { new() { Value = part.Part }, new() { Value = file } },
            };
            if (await record.ExecuteNonQueryAsync(cancellationToken) == 1)
            {
                await ExecuteAsync(connection, sql, cancellationToken);
                Applied(part.Part, file);
            }
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied schema file {File} of {Part}")]
    private partial void Applied(string part, string file);
}

/// <summary>Keys of the advisory locks in a service's database. Who shares <see cref="Append"/> for a moment knows that no commit is under way in it.</summary>
public static class Locks
{
    /// <summary>Held by every writer from before its first read to commit, so that order of position is order of commit.</summary>
    public const long Append = 0x496e_7465_6772_0001;

    /// <summary>Held while the schema is brought up to date.</summary>
    public const long Schema = 0x496e_7465_6772_0002;

    /// <summary>Held while projections are rebuilt.</summary>
    public const long Rebuild = 0x496e_7465_6772_0003;
}
