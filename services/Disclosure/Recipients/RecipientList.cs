using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Disclosure.Recipients;

/// <summary>One row of the register; names are in the streams alone, under their keys.</summary>
public sealed record RecipientRow(Guid RecipientId, long Position);

/// <summary>Every recipient, in the order in which they were registered.</summary>
public sealed class RecipientList(NpgsqlDataSource database)
{
    public static InlineProjection Projection { get; } = new(
        "recipients", "recipient", Version: 1, ["recipient-registered.v1"],
        """
        create table {table} (
            tenant_id    varchar not null,
            position     bigint  not null,
            recipient_id uuid    not null,
            primary key (tenant_id, position)
        )
        """,
        """
        insert into {table} (tenant_id, position, recipient_id)
        select e.tenant_id, e.seq_id, (e.data->>'recipientId')::uuid from events e
        on conflict do nothing
        """);

    /// <summary>A page, and one row more where there are more.</summary>
    public Task<IReadOnlyList<RecipientRow>> ReadAsync(string controller, PageQuery page, CancellationToken cancel) => Outage.TranslateAsync(ReadRowsAsync(controller, page, cancel));

    private async Task<IReadOnlyList<RecipientRow>> ReadRowsAsync(string controller, PageQuery page, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select recipient_id, position from recipient where tenant_id = $1 and position > $2 order by position limit $3");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = page.After });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = page.Limit + 1 });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<RecipientRow>();
        while (await reader.ReadAsync(cancel))
            rows.Add(new RecipientRow(reader.GetGuid(0), reader.GetInt64(1)));
        return rows;
    }
}
