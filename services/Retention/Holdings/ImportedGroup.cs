using System.Text.Json.Serialization;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Retention.Holdings;

/// <summary>
/// Holdings of an import that are alike, column by column: what they share is said once, and entry i of every column is about the same holding. A thousand lines of one system mostly make one group, and the read
/// model takes a column at a time instead of looking up every member of every line.
/// </summary>
/// <param name="System">The system of record.</param>
/// <param name="Categories">As <see cref="HeldData.Categories"/>.</param>
/// <param name="Purposes">As <see cref="HeldData.Purposes"/>.</param>
/// <param name="Rule">As <see cref="PlanTold.Rule"/>.</param>
/// <param name="Act">As <see cref="PlanTold.Act"/>.</param>
/// <param name="HoldingIds">Their ids.</param>
/// <param name="References">The system's own ids of them.</param>
/// <param name="Subjects">Pseudonyms.</param>
/// <param name="RecordedAt">When the system recorded each.</param>
public sealed record ImportedGroup(
    string System, IReadOnlyList<string> Categories, IReadOnlyList<string> Purposes, string Rule, RetentionAct Act,
    IReadOnlyList<Guid> HoldingIds, IReadOnlyList<string> References, IReadOnlyList<string> Subjects, IReadOnlyList<DateTimeOffset> RecordedAt)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Relevant { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool CustomerOwned { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool CustomerControlled { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MoveTo { get; init; }

    /// <summary>Null where each is the first of its key.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Generations { get; init; }

    /// <summary>Null where none has one, as in the columns that follow.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string?>? Customers { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateTimeOffset?>? DueAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateTimeOffset?>? RunAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateTimeOffset?>? ReviewAt { get; init; }

    /// <summary>Pure. Groups in the order of their first holdings; within each, the holdings in order.</summary>
    public static IReadOnlyList<ImportedGroup> Of(IReadOnlyList<ImportedHolding> holdings)
    {
        var groups = new List<List<ImportedHolding>>();
        var byKind = new Dictionary<ImportedHolding, List<ImportedHolding>>(Alike.Comparer);
        List<ImportedHolding>? last = null;
        foreach (var holding in holdings)
        {
            // Mostly a line is like the one before it.
            if (last is null || !Alike.Comparer.Equals(last[0], holding))
            {
                if (!byKind.TryGetValue(holding, out last))
                {
                    byKind.Add(holding, last = []);
                    groups.Add(last);
                }
            }
            last.Add(holding);
        }
        return [.. groups.Select(Group)];
    }

    private static ImportedGroup Group(List<ImportedHolding> alike)
    {
        var (data, plan) = (alike[0].Data, alike[0].Plan);
        return new ImportedGroup(
            data.System, data.Categories, data.Purposes, plan.Rule, plan.Act,
            Column(alike, h => h.HoldingId), Column(alike, h => h.Data.Reference), Column(alike, h => h.Data.Subject), Column(alike, h => h.Data.RecordedAt))
        {
            Relevant = data.Relevant, CustomerOwned = data.CustomerOwned, CustomerControlled = data.CustomerControlled, MoveTo = plan.MoveTo,
            Generations = alike.TrueForAll(h => h.Generation == 1) ? null : Column(alike, h => h.Generation),
            Customers = ColumnOrNull(alike, h => h.Data.Customer), DueAt = ColumnOrNull(alike, h => h.Plan.DueAt), RunAt = ColumnOrNull(alike, h => h.Plan.RunAt), ReviewAt = ColumnOrNull(alike, h => h.Plan.ReviewAt),
        };
    }

    private static T[] Column<T>(List<ImportedHolding> alike, Func<ImportedHolding, T> value)
    {
        var column = new T[alike.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = value(alike[i]);
        return column;
    }

    private static T[]? ColumnOrNull<T>(List<ImportedHolding> alike, Func<ImportedHolding, T> value) => alike.Exists(h => value(h) is not null) ? Column(alike, value) : null;

    /// <summary>Whether two holdings share all that a group says once.</summary>
    private sealed class Alike : IEqualityComparer<ImportedHolding>
    {
        public static readonly Alike Comparer = new();

        public bool Equals(ImportedHolding? one, ImportedHolding? other) =>
            ReferenceEquals(one, other) || (one is not null && other is not null && one.Data.System == other.Data.System
                && (one.Plan.Rule, one.Plan.Act, one.Plan.MoveTo) == (other.Plan.Rule, other.Plan.Act, other.Plan.MoveTo)
                && (one.Data.Relevant, one.Data.CustomerOwned, one.Data.CustomerControlled) == (other.Data.Relevant, other.Data.CustomerOwned, other.Data.CustomerControlled)
                && one.Data.Categories.SequenceEqual(other.Data.Categories, StringComparer.Ordinal) && one.Data.Purposes.SequenceEqual(other.Data.Purposes, StringComparer.Ordinal));

        public int GetHashCode(ImportedHolding one) => HashCode.Combine(one.Data.System, one.Plan.Rule, one.Data.Categories.Count, one.Data.Purposes.Count);
    }
}
