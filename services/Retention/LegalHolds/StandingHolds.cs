namespace Integritet.Retention.LegalHolds;

/// <summary>What every legal hold in force covers, whoever placed it: an officer here, or a preservation case at Disclosure.</summary>
internal static class StandingHolds
{
    /// <summary>The end of this service's log, whatever it is.</summary>
    public const string Latest = "9223372036854775807";

    /// <summary>A query <c>standing</c> of the holds in force now; see <see cref="Sql(string, string)"/>.</summary>
    public static string Now { get; } = Sql(Latest, "'infinity'");

    /// <summary>The subjects of holds in force now, as an array: those whose other identifiers are to be found.</summary>
    public const string SubjectsNow = "array(select s.subject from standing s where s.subject is not null)";

    /// <summary>
    /// A query <c>standing(hold_id, legal_case, subject, holding_id, placed_at)</c>: one row for each hold and thing it covers, a subject or one holding; with neither it covers everything of the controller.
    /// </summary>
    /// <param name="upTo">The position of this service's log up to which what is known counts.</param>
    /// <param name="asOf">The instant up to which releases by officers count.</param>
    public static string Sql(string upTo, string asOf) =>
        $"""
        standing as (
            select l.hold_id, l.legal_case, l.subject, l.holding_id, l.placed_at from {LegalHoldRegister.Table} l
            where l.tenant_id = $1 and l.position <= {upTo} and (l.released_at is null or l.released_at > {asOf})
            union all
            select c.case_id, c.reference, s.subject, null, greatest(c.since, s.since)
            from {PreservationCases.Cases} c join {PreservationCases.Subjects} s on s.tenant_id = c.tenant_id and s.case_id = c.case_id and s.position <= {upTo}
            where {StandsSql(upTo)}
            union all
            select c.case_id, c.reference, null, null, c.since
            from {PreservationCases.Cases} c
            where {StandsSql(upTo)} and not c.limited
              and not exists (select from {PreservationCases.Subjects} s where s.tenant_id = c.tenant_id and s.case_id = c.case_id and s.position <= {upTo}))
        """;

    private static string StandsSql(string upTo) => $"c.tenant_id = $1 and c.from_position <= {upTo} and (c.until_position is null or c.until_position > {upTo})";
}
