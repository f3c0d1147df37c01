using Npgsql;
using NpgsqlTypes;

namespace Integritet.Retention.ProcessingRecord;

/// <summary>What is really held, counted.</summary>
public sealed class HeldFigures(NpgsqlDataSource database)
{
    private const string Held = "h.tenant_id = $1 and h.status not in ('erased', 'anonymised')";

    /// <summary>Holdings of one category in one system, by age.</summary>
    /// <param name="Category">The category.</param>
    /// <param name="System">The system of record.</param>
    /// <param name="Age">Since it was recorded: <c>under-1-month</c>, <c>under-1-year</c>, <c>under-3-years</c>, <c>3-years-and-over</c>.</param>
    /// <param name="Holdings">How many.</param>
    /// <param name="Due">How many of them are past their due date.</param>
    public sealed record Figure(string Category, string System, string Age, long Holdings, long Due);

    /// <param name="Holdings">Held in all.</param>
    /// <param name="Due">Past their due date.</param>
    /// <param name="Instructed">Of which their system has been told.</param>
    /// <param name="OverdueInstructions">Instructions past their deadline that no system has confirmed.</param>
    public sealed record Sums(long Holdings, long Due, long Instructed, long OverdueInstructions);

    public sealed record All(IReadOnlyList<Figure> Figures, IReadOnlyDictionary<string, long> ByPurpose, IReadOnlyDictionary<string, long> BySystem, Sums Totals);

    public async Task<All> ReadAsync(string controller, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        Add(
            $"""
            select c.category, h.system,
                   case when h.recorded_at > $2 - interval '1 month' then 'under-1-month' when h.recorded_at > $2 - interval '1 year' then 'under-1-year'
                        when h.recorded_at > $2 - interval '3 years' then 'under-3-years' else '3-years-and-over' end as age,
                   count(*), count(*) filter (where h.due_at <= $2)
            from holding h cross join lateral unnest(h.categories) as c(category) where {Held} group by 1, 2, 3 order by 1, 2, 3
            """,
            Instant());
        Add($"select p.purpose, count(*) from holding h cross join lateral unnest(h.purposes) as p(purpose) where {Held} group by 1");
        Add($"select h.system, count(*) from holding h where {Held} group by 1");
        Add(
            $"""
            select count(*), count(*) filter (where h.due_at <= $2), count(*) filter (where h.status = 'instructed'),
                   (select count(*) from instruction i where i.tenant_id = $1 and i.escalated_at is not null and i.status in ('issued', 'failed'))
            from holding h where {Held}
            """,
            Instant());
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var figures = await FiguresAsync(row, cancellationToken);
        var (byPurpose, bySystem) = (await CountsAsync(row, cancellationToken), await CountsAsync(row, cancellationToken));
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new All(figures, byPurpose, bySystem, new Sums(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)));

        NpgsqlParameter Instant() => new() { Value = now.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

        void Add(string sql, params ReadOnlySpan<NpgsqlParameter> more)
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(new() { Value = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
            foreach (var parameter in more)
                command.Parameters.Add(parameter);
            batch.BatchCommands.Add(command);
        }
    }

    private static async Task<List<Figure>> FiguresAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        var figures = new List<Figure>();
        while (await row.ReadAsync(cancellationToken))
            figures.Add(new Figure(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetInt64(4)));
        return figures;
    }

    private static async Task<Dictionary<string, long>> CountsAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        await row.NextResultAsync(cancellationToken);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken))
            counts.Add(row.GetString(0), row.GetInt64(1));
        return counts;
    }
}
