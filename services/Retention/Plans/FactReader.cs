using Integritet.Platform.EventStore;
using Integritet.Retention.Holdings;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Subjects;
using Integritet.Retention.Triggers;
using NodaTime.Text;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Plans;

/// <summary>Reads the facts of many holdings' plans in one round trip.</summary>
public sealed class FactReader(NpgsqlDataSource dataSource)
{
    // The head is read before the facts, so that none up to it is missing.
    private const string HeadSql = "select coalesce(max(seq_id), 0) from mt_events";

    private const string TriggersSql =
        """
        select t.meets, t.name, t.trigger, t.purpose, t.at
        from unnest($2, $3) as k(meets, name) join retention_trigger t on t.tenant_id = $1 and t.meets = k.meets and t.name = k.name
        where t.position <= $4
        """;

    /// <summary>What was told of any identifier of each person, and what each said on consent under any of them.</summary>
    private static readonly string SubjectFactsSql =
        $"""
        with {SubjectLinks.PersonSql("$2", "$3")}
        select 'subject', p.origin, t.trigger, t.purpose, t.at, null::uuid, null::timestamptz, 0::bigint
        from person p join retention_trigger t on t.tenant_id = $1 and t.meets = 'subject' and t.name = p.subject
        where t.position <= $3
        union all
        select 'consent', p.origin, c.statement, c.purpose, c.stated_at, c.consent_id, c.expires_at, c.source_position
        from person p join received_consent c on c.tenant_id = $1 and c.subject = p.subject
        where c.position <= $3
        """;

    private const string AgreementsSql =
        """
        select a.customer, a.category, a.position, a.agreement_id, a.keep_for, a.agreed_at, a.reference
        from unnest($2) as k(customer) join retention_agreement a on a.tenant_id = $1 and a.customer = k.customer
        where a.position <= $3
        """;

    private static readonly string HoldsSql =
        $"""
        with {SubjectLinks.PersonSql("$3", "$4")},
        {StandingHolds.Sql("$4", "$5")}
        select distinct k.holding_id, l.legal_case, l.placed_at, l.hold_id
        from unnest($2, $3) as k(holding_id, subject) join person p on p.origin = k.subject
        join standing l on l.holding_id = k.holding_id or l.subject = p.subject or (l.holding_id is null and l.subject is null)
        order by l.placed_at
        """;

    /// <summary>What is known now, or what was known up to a position of the log.</summary>
    public async Task<KnownFacts> ReadAsync(string controller, IReadOnlyCollection<HeldData> holdings, CancellationToken cancel, long upTo = long.MaxValue) =>
        (await Outage.TranslateAsync(ReadCoreAsync(controller, holdings, upTo, withHeld: false, cancel))).Item1;

    /// <summary>The same, with what is held already under the holdings' keys.</summary>
    public Task<(KnownFacts Facts, IReadOnlyDictionary<(string System, string Reference), HoldingRow> Held)> ReadWithHeldAsync(
        string controller, IReadOnlyCollection<HeldData> holdings, CancellationToken cancel) => Outage.TranslateAsync(ReadCoreAsync(controller, holdings, long.MaxValue, withHeld: true, cancel));

    private async Task<(KnownFacts, IReadOnlyDictionary<(string, string), HoldingRow>)> ReadCoreAsync(
        string controller, IReadOnlyCollection<HeldData> holdings, long upTo, bool withHeld, CancellationToken cancel)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(HeadSql));
        batch.BatchCommands.Add(TriggersOf(controller, holdings, upTo));
        batch.BatchCommands.Add(Command(SubjectFactsSql, Text(controller), Texts([.. holdings.Select(h => h.Subject).Distinct(StringComparer.Ordinal)]), Number(upTo)));
        var customers = holdings.Select(h => h.Customer).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        batch.BatchCommands.Add(Command(AgreementsSql, Text(controller), Texts(customers), Number(upTo)));
        if (withHeld)
            batch.BatchCommands.Add(HoldingRow.ByKeys(controller, [.. holdings.Select(h => h.System)], [.. holdings.Select(h => h.Reference)]));

        await using var reader = await batch.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        var position = Math.Min(reader.GetInt64(0), upTo);
        await reader.NextResultAsync(cancel);
        var triggers = new Dictionary<(TriggerTarget, string), List<ToldTrigger>>();
        await ReadTriggersAsync(reader, triggers, cancel);
        await reader.NextResultAsync(cancel);
        var consents = await ReadSubjectFactsAsync(reader, triggers, cancel);
        await reader.NextResultAsync(cancel);
        var facts = new KnownFacts(position, triggers, await ReadAgreementsAsync(reader, cancel)) { Consents = consents };
        await reader.NextResultAsync(cancel);
        var held = new Dictionary<(string, string), HoldingRow>();
        // Of lines with one key each brings the same row.
        foreach (var row in withHeld ? await HoldingRow.ReadAsync(reader, cancel) : [])
            held[(row.Data.System, row.Data.Reference)] = row;
        return (facts, held);
    }

    /// <summary>The legal holds on some holdings, in force now or as of an instant and what was known then.</summary>
    public async Task<ILookup<Guid, StandingHold>> HoldsOnAsync(string controller, IReadOnlyCollection<HoldingRow> holdings, long upTo, DateTimeOffset? asOf, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(HoldsSql);
        command.Parameters.AddRange((NpgsqlParameter[])[
            Text(controller), Ids([.. holdings.Select(h => h.HoldingId)]), Texts([.. holdings.Select(h => h.Data.Subject)]), Number(upTo), new() { Value = (asOf ?? DateTimeOffset.MaxValue).UtcDateTime },
        ]);
        return await Outage.TranslateAsync(ReadHoldsAsync(command, cancel));
    }

    private static async Task<ILookup<Guid, StandingHold>> ReadHoldsAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        await using var row = await command.ExecuteReaderAsync(cancel);
        var holds = new List<(Guid Holding, StandingHold Hold)>();
        while (await row.ReadAsync(cancel))
            holds.Add((row.GetGuid(0), new StandingHold("LAW-17", "legal-hold", row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetGuid(3))));
        return holds.ToLookup(one => one.Holding, one => one.Hold);
    }

    /// <summary>How those of some holdings ended that have.</summary>
    public async Task<IReadOnlyDictionary<Guid, GoneView>> GoneAsync(string controller, IReadOnlyCollection<HoldingRow> holdings, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            "select holding_id, confirmed_at, action, evidence, instruction_id from instruction where tenant_id = $1 and holding_id = any($2) and status = 'confirmed' and action <> 'move'");
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Ids([.. holdings.Select(h => h.HoldingId)])]);
        return await Outage.TranslateAsync(ReadGoneAsync(command, cancel));
    }

    private static async Task<IReadOnlyDictionary<Guid, GoneView>> ReadGoneAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        await using var row = await command.ExecuteReaderAsync(cancel);
        var gone = new Dictionary<Guid, GoneView>();
        while (await row.ReadAsync(cancel))
            gone[row.GetGuid(0)] = new GoneView(row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.GetGuid(4));
        return gone;
    }

    private static NpgsqlBatchCommand TriggersOf(string controller, IReadOnlyCollection<HeldData> holdings, long upTo)
    {
        var keys = new HashSet<(string Meets, string Name)>();
        foreach (var holding in holdings)
        {
            keys.Add(("reference", holding.Reference));
            if (holding.Customer is { } customer)
                keys.Add(("customer", customer));
        }
        return Command(TriggersSql, Text(controller), Texts([.. keys.Select(k => k.Meets)]), Texts([.. keys.Select(k => k.Name)]), Number(upTo));
    }

    private static async Task ReadTriggersAsync(NpgsqlDataReader reader, Dictionary<(TriggerTarget, string), List<ToldTrigger>> triggers, CancellationToken cancel)
    {
        while (await reader.ReadAsync(cancel))
            AddTrigger(reader, triggers);
    }

    private static void AddTrigger(NpgsqlDataReader row, Dictionary<(TriggerTarget, string), List<ToldTrigger>> triggers)
    {
        var told = new ToldTrigger(row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetFieldValue<DateTimeOffset>(4));
        Listed(triggers, (Enum.Parse<TriggerTarget>(row.GetString(0), ignoreCase: true), row.GetString(1))).Add(told);
    }

    private static async Task<Dictionary<string, List<ConsentStatement>>> ReadSubjectFactsAsync(
        NpgsqlDataReader reader, Dictionary<(TriggerTarget, string), List<ToldTrigger>> triggers, CancellationToken cancel)
    {
        var consents = new Dictionary<string, List<ConsentStatement>>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancel))
        {
            if (reader.GetString(0) != "consent")
                AddTrigger(reader, triggers);
            else
            {
                Listed(consents, reader.GetString(1)).Add(new ConsentStatement(
                    reader.GetGuid(5), reader.GetString(3), Enum.Parse<ConsentSaid>(reader.GetString(2), ignoreCase: true), reader.GetFieldValue<DateTimeOffset>(4),
                    reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6), reader.GetInt64(7)));
            }
        }
        return consents;
    }

    private static async Task<Dictionary<string, List<AgreedPeriod>>> ReadAgreementsAsync(NpgsqlDataReader reader, CancellationToken cancel)
    {
        var agreements = new Dictionary<string, List<AgreedPeriod>>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancel))
        {
            var agreed = new AgreedPeriod(
                reader.GetGuid(3), reader.GetString(1), PeriodPattern.NormalizingIso.Parse(reader.GetString(4)).Value, reader.GetFieldValue<DateTimeOffset>(5), reader.GetInt64(2), reader.GetString(6));
            Listed(agreements, reader.GetString(0)).Add(agreed);
        }
        return agreements;
    }

    private static List<TValue> Listed<TKey, TValue>(Dictionary<TKey, List<TValue>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
            lists.Add(key, list = []);
        return list;
    }
}
