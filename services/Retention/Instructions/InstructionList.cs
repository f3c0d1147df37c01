using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Retention.Instructions;

/// <summary>An instruction as it stands.</summary>
/// <param name="Issued">What it says.</param>
/// <param name="RunId">The run that issued it.</param>
/// <param name="Status"><c>issued</c>, <c>failed</c> (to be told again), <c>confirmed</c>, <c>recalled</c> (a legal hold covers it).</param>
/// <param name="Attempt">How often its system has been told.</param>
/// <param name="EscalatedAt">Since when it is past its deadline.</param>
/// <param name="ConfirmedAt">When it was confirmed.</param>
/// <param name="Evidence">With what.</param>
/// <param name="Position">Its place in the list.</param>
public sealed record InstructionRow(
    IssuedInstruction Issued, Guid? RunId, string Status, int Attempt, DateTimeOffset? EscalatedAt, DateTimeOffset? ConfirmedAt, string? Evidence, long Position)
{
    public bool IsOpen => Status is "issued" or "failed";
}

/// <summary>Questions to <see cref="InstructionRegister"/>.</summary>
public sealed class InstructionList(NpgsqlDataSource database)
{
    private const string Columns =
        "instruction_id, holding_id, subject, system, reference, action, move_to, rule, due_at, deadline, run_id, status, attempt, escalated_at, confirmed_at, evidence, position";

    /// <summary>One of a controller's.</summary>
    public async Task<InstructionRow?> FindAsync(string controller, Guid instructionId, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select {Columns} from {InstructionRegister.Table} where tenant_id = $1 and instruction_id = $2");
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = instructionId }]);
        return (await Outage.TranslateAsync(ReadAsync(command, cancellationToken))).FirstOrDefault();
    }

    /// <summary>Those of some systems, in the order of their issue.</summary>
    /// <param name="controller">The tenant.</param>
    /// <param name="system">One system; null: all that the caller speaks for.</param>
    /// <param name="systems">The systems the caller speaks for: names, <c>*</c>, and <c>!name</c> for one taken out.</param>
    /// <param name="statuses">Null: any.</param>
    /// <param name="overdue">Only those past their deadline and not confirmed.</param>
    /// <param name="after">Behind this one.</param>
    /// <param name="limit">At most.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public Task<List<InstructionRow>> ListAsync(
        string controller, string? system, IReadOnlyList<string> systems, string[]? statuses, bool overdue, (long Position, Guid Id) after, int limit, CancellationToken cancellationToken)
    {
        var command = database.CreateCommand(
            $"""
            select {Columns} from {InstructionRegister.Table}
            where tenant_id = $1 and ($2::varchar is null or system = $2) and ($3 or system = any($4)) and system <> all($5) and ($6::varchar[] is null or status = any($6))
              and (not $7 or (escalated_at is not null and status <> 'confirmed')) and (position, instruction_id) > ($8, $9)
            order by position, instruction_id limit $10
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[
            new() { Value = controller }, Optional(system), new() { Value = systems.Contains("*", StringComparer.Ordinal) }, new() { Value = systems.ToArray() },
            new() { Value = systems.Where(name => name.StartsWith('!')).Select(name => name[1..]).ToArray() }, Optional(statuses), new() { Value = overdue },
            new() { Value = after.Position }, new() { Value = after.Id }, new() { Value = limit },
        ]);
        return Outage.TranslateAsync(ReadAsync(command, cancellationToken));
    }

    /// <summary>Those of a controller whose time to be told again has come; at most 500.</summary>
    public async Task<IReadOnlyList<InstructionRow>> ToTellAgainAsync(string controller, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select {Columns} from {InstructionRegister.Table} where tenant_id = $1 and status in ('issued', 'failed') and next_at <= $2 order by next_at limit 500");
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = now.UtcDateTime }]);
        return await Outage.TranslateAsync(ReadAsync(command, cancellationToken));
    }

    /// <summary>The controllers that have such.</summary>
    public async Task<IReadOnlyList<string>> ControllersToTellAgainAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select distinct tenant_id from {InstructionRegister.Table} where status in ('issued', 'failed') and next_at <= $1");
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        return await Outage.TranslateAsync(ReadControllersAsync(command, cancellationToken));
    }

    /// <summary>Confirmed erasures and anonymisations, of every controller, whose keys are not destroyed yet; at most 500.</summary>
    public async Task<IReadOnlyList<(string Controller, InstructionRow Row)>> WithKeysAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"select {Columns}, tenant_id from {InstructionRegister.Table} where status = 'confirmed' and action <> 'move' and keys_forgotten_at is null order by tenant_id limit 500");
        return await Outage.TranslateAsync(ReadWithControllerAsync(command, cancellationToken));
    }

    private static async Task<List<string>> ReadControllersAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var controllers = new List<string>();
        while (await row.ReadAsync(cancellationToken))
            controllers.Add(row.GetString(0));
        return controllers;
    }

    private static async Task<List<InstructionRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<InstructionRow>();
            while (await row.ReadAsync(cancellationToken))
                rows.Add(Read(row));
            return rows;
        }
    }

    private static async Task<List<(string Controller, InstructionRow Row)>> ReadWithControllerAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(string, InstructionRow)>();
        while (await row.ReadAsync(cancellationToken))
            rows.Add((row.GetString(17), Read(row)));
        return rows;
    }

    private static InstructionRow Read(NpgsqlDataReader row) => new(
        new IssuedInstruction(
            row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetString(4), InstructionId.ActionOf(row.GetString(5)), Text(row, 6), row.GetString(7),
            row.GetFieldValue<DateTimeOffset>(8), row.GetFieldValue<DateTimeOffset>(9)),
        row.IsDBNull(10) ? null : row.GetGuid(10), row.GetString(11), row.GetInt32(12), Instant(row, 13), Instant(row, 14), Text(row, 15), row.GetInt64(16));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static NpgsqlParameter Optional(string? value) => new() { Value = (object?)value ?? DBNull.Value, DataTypeName = "varchar" };

    private static NpgsqlParameter Optional(string[]? value) => new() { Value = (object?)value ?? DBNull.Value, DataTypeName = "varchar[]" };
}
