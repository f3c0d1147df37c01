namespace Integritet.Platform.PolicyEngine;

/// <summary>What reason codes say to people, in English, where the clause's own words are not enough.</summary>
internal static class Sentences
{
    public static string Agreement(string type) => type switch
    {
        "nda" => "signed non-disclosure agreement",
        "dpa" => "data-processing agreement",
        "business" => "business agreement",
        _ => type,
    };

    public static string Case(string kind) => $"No open case of the kind {kind} that covers the subject is cited.";

    /// <summary>Why nothing allows it.</summary>
    public static string NotAllowed(Operation operation, ReasonCode code) => code switch
    {
        ReasonCode.SourceNotListed => "Data is not collected from this source.",
        ReasonCode.PurposeForbidden => "The data may not be used for this purpose.",
        ReasonCode.LinkForbidden => "These data may not be linked.",
        ReasonCode.ContactNotAgreed => "No rule allows this message.",
        ReasonCode.SafeguardMissing => "No rule allows this transfer.",
        _ => $"No rule allows to {operation.ToString().ToLowerInvariant()} this category here.",
    };

    public static string NoRule(Operation operation) => $"The policy has no rule for the operation {operation.ToString().ToLowerInvariant()}.";
}
