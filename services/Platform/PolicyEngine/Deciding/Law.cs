using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>What the law refuses whatever a policy says: rules in the same language, which no policy can leave out.</summary>
internal static class Law
{
    private static readonly ImmutableArray<Operation> AllButStoring =
        [Operation.Collect, Operation.Use, Operation.Link, Operation.Access, Operation.Notify, Operation.Transfer, Operation.Disclose];

    public static ImmutableArray<AlwaysRule> Rules { get; } =
    [
        // Art. 18(2): the consent must be newer than the restriction, or the person's later wish would count for less than the earlier one.
        new(AllButStoring, new RefuseRule(
            "LAW-18",
            new Scope { When = [new Condition.Restricted()] },
            ReasonCode.Restricted,
            [new Condition.Any([new Condition.Consent(null, ConsentAfter.Restriction), new Condition.Exception(Vocabulary.Exceptions)])],
            WhenMissing.Refuse,
            Text("Processing is restricted at the person's request: the data is stored and otherwise left alone."))),

        // Art. 21: the condition itself knows that a later consent lifts an objection.
        new(AllButStoring, new RefuseRule(
            "LAW-21", new Scope { When = [new Condition.Objected()] }, ReasonCode.Objected, [], WhenMissing.Refuse, Text("The person has objected to this purpose."))),
    ];

    private static LocalText Text(string english) => new(LocalText.Empty.ByLanguage.Add("en", english));
}
