using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Plans;
using Integritet.Retention.Systems;

namespace Integritet.Retention.Holdings;

/// <summary>What must hold of a holding before it is registered, whether by itself or in an import. Pure.</summary>
public static class HoldingChecks
{
    // Clocks of calling systems may be a little ahead (clauses.md, Dates).
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);
    private static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What is wrong with it in itself: names that policy and register don't know, times that cannot be.</summary>
    public static void AddFaults(List<ProblemError> faults, HoldingBody body, PolicyVersion policy, RegisteredSystem? system, DateTimeOffset now)
    {
        if (system is null)
            faults.Add(new ProblemError("No system of record is registered under this name.", "/system"));
        AddNameFaults(faults, body, policy);
        if (string.IsNullOrWhiteSpace(body.Reference))
            faults.Add(new ProblemError("The reference is the system's own name for what it holds.", "/reference"));
        if (body.Customer is { } customer && string.IsNullOrWhiteSpace(customer))
            faults.Add(new ProblemError("Name the customer, or leave the member out.", "/customer"));
        if (body.RecordedAt > now + ClockTolerance)
            faults.Add(new ProblemError("It cannot have been recorded in the future.", "/recordedAt"));
        if (body.RecordedAt < Earliest)
            faults.Add(new ProblemError("It cannot have been recorded before 1900.", "/recordedAt"));
    }

    /// <summary>Why the policy does not let it be held; none where it does.</summary>
    public static IEnumerable<ProblemError> Refusals(HeldData holding, PlanFacts facts, PolicyVersion policy, RegisteredSystem system) =>
        Refusals(RetentionRules.Refusals(holding, facts, policy, system.Encrypted));

    /// <summary>The policy's reasons, in the caller's terms.</summary>
    public static IEnumerable<ProblemError> Refusals(IEnumerable<Reason> reasons) =>
        reasons.Select(reason => new ProblemError(reason.Text, PointerOf(reason.Code), reason.Code.Written(), reason.Rule));

    /// <summary>A holding that nothing would ever end is not taken (LAW-5).</summary>
    public static ProblemError? EndlessFault(Plan plan) =>
        plan.Ends.IsEmpty ? new ProblemError("No retention rule of the policy says when this ends.", "/categories", ReasonCode.NoRule.Written(), plan.Rule) : null;

    private static void AddNameFaults(List<ProblemError> faults, HoldingBody body, PolicyVersion policy)
    {
        if (body.Categories.Count == 0)
            faults.Add(new ProblemError("Name at least one category.", "/categories"));
        if (body.Purposes.Count == 0)
            faults.Add(new ProblemError("Nothing is held without a purpose: name at least one.", "/purposes"));
        for (var i = 0; i < body.Categories.Count; i++)
            AddNameFault(faults, policy.Document.Categories.ContainsKey(body.Categories[i]), body.Categories, i, "category", "/categories", policy);
        for (var i = 0; i < body.Purposes.Count; i++)
            AddNameFault(faults, policy.Document.Purposes.ContainsKey(body.Purposes[i]), body.Purposes, i, "purpose", "/purposes", policy);
    }

    private static void AddNameFault(List<ProblemError> faults, bool known, IReadOnlyList<string> names, int i, string what, string pointer, PolicyVersion policy)
    {
        if (!known)
            faults.Add(new ProblemError($"Policy version {policy.Version} has no such {what}.", $"{pointer}/{i}"));
        else if (IsAmongFirst(names, i))
            faults.Add(new ProblemError($"This {what} is named twice.", $"{pointer}/{i}"));
    }

    private static bool IsAmongFirst(IReadOnlyList<string> names, int count)
    {
        for (var i = 0; i < count; i++)
            if (string.Equals(names[i], names[count], StringComparison.Ordinal))
                return true;
        return false;
    }

    private static string PointerOf(ReasonCode code) => code switch
    {
        ReasonCode.SystemNotEncrypted => "/system",
        ReasonCode.RetentionAgreementMissing => "/customer",
        ReasonCode.CustomerControlled => "/attributes/customerControlled",
        _ => "/categories",
    };
}
