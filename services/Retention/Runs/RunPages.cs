using System.Buffers;
using System.Text.Json;
using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Retention.Runs;

/// <summary>
/// The items of each run's plan, as they were when it was made, a thousand to a page: what an officer looks through before approving, and what the run then instructs. They are kept beside the log: the plan
/// hash in the run's event proves the due ones. System and reference are not in them: they never change, and stand in the holding's row.
/// </summary>
public sealed class RunPages(NpgsqlDataSource database, TimeProvider time)
{
    public const int ItemsPerPage = 1_000;
    public const string Due = "due";
    public const string OnHold = "on-hold";

    /// <summary>How long a listing is kept. The run's figures and hash are events, and stay.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(90);

    /// <summary>The SQL file of their table.</summary>
    public static SchemaFiles Files { get; } = new("runs", typeof(RunPages).Assembly, "Integritet.Retention.Runs.Schema.");

    /// <summary>Writes the pages of one list of a run as its items come.</summary>
    internal Writer Write(string controller, Guid runId, string state) => new(this, controller, runId, state);

    /// <summary>One page as it was written: a JSON array; null where there is none.</summary>
    public async Task<byte[]?> FindAsync(string controller, Guid runId, string state, int page, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select items from run_page where tenant_id = $1 and run_id = $2 and state = $3 and page = $4");
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = runId }, new() { Value = state }, new() { Value = page }]);
        return (byte[]?)await Outage.TranslateAsync(command.ExecuteScalarAsync(cancellationToken));
    }

    /// <summary>The holdings of one page, in order.</summary>
    public static IReadOnlyList<Guid> HoldingsOf(byte[] page)
    {
        using var items = JsonDocument.Parse(page);
        return [.. items.RootElement.EnumerateArray().Select(item => item.GetProperty("holdingId").GetGuid())];
    }

    /// <summary>Deletes listings that have been kept long enough.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("delete from run_page where made_at < $1");
        command.Parameters.Add(new() { Value = (time.GetUtcNow() - KeptFor).UtcDateTime });
        await Outage.TranslateAsync(command.ExecuteNonQueryAsync(cancellationToken));
    }

    private async Task StoreAsync(string controller, Guid runId, string state, int page, ReadOnlyMemory<byte> items, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("insert into run_page (tenant_id, run_id, state, page, items, made_at) values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, run_id, state, page) do update set items = excluded.items, made_at = excluded.made_at");
        command.Parameters.AddRange((NpgsqlParameter[])[
            new() { Value = controller }, new() { Value = runId }, new() { Value = state }, new() { Value = page }, new() { Value = items }, new() { Value = time.GetUtcNow().UtcDateTime },
        ]);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Fills one page at a time; at most one is written while the next is filled.</summary>
    public sealed class Writer : IAsyncDisposable
    {
        private readonly RunPages _pages;
        private readonly string _controller, _state;
        private readonly Guid _runId;
        private ArrayBufferWriter<byte> _filling = new(256 * 1024), _spare = new(256 * 1024);
        private readonly Utf8JsonWriter _json;
        private Task _storing = Task.CompletedTask;
        private int _onPage, _page;

        internal Writer(RunPages pages, string controller, Guid runId, string state)
        {
            (_pages, _controller, _runId, _state) = (pages, controller, runId, state);
            _json = new Utf8JsonWriter(_filling);
        }

        public async ValueTask AddAsync(PlannedItem item, CancellationToken cancellationToken)
        {
            if (_onPage == 0)
                _json.WriteStartArray();
            WriteItem(item);
            if (++_onPage == ItemsPerPage)
                await EndPageAsync(cancellationToken);
        }

        /// <summary>Stores what is left; every page is then there.</summary>
        public async Task CompleteAsync(CancellationToken cancellationToken)
        {
            if (_onPage > 0)
                await EndPageAsync(cancellationToken);
            await Outage.TranslateAsync(Stored());
        }

        public async ValueTask DisposeAsync()
        {
            await _storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _json.DisposeAsync();
        }

        private void WriteItem(in PlannedItem item)
        {
            _json.WriteStartObject();
            _json.WriteString("holdingId"u8, item.HoldingId);
            _json.WriteString("action"u8, Instructions.InstructionId.Written(item.Action));
            _json.WriteString("rule"u8, item.Rule);
            _json.WriteString("dueAt"u8, item.DueAt);
            if (item.Holds is { } holds)
            {
                _json.WritePropertyName("holds"u8);
                _json.WriteRawValue(holds);
            }

            _json.WriteEndObject();
        }

        private async ValueTask EndPageAsync(CancellationToken cancellationToken)
        {
            _json.WriteEndArray();
            _json.Flush();
            await Outage.TranslateAsync(Stored());
            _storing = _pages.StoreAsync(_controller, _runId, _state, _page++, _filling.WrittenMemory, cancellationToken);
            (_filling, _spare) = (_spare, _filling);
            _filling.ResetWrittenCount();
            _json.Reset(_filling);
            _onPage = 0;
        }

        private async Task<bool> Stored()
        {
            await _storing;
            return true;
        }
    }
}
