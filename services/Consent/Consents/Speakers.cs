using Integritet.Consent.Subjects;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Consents;

/// <summary>Who may state something on purposes, and under which policy: a system for anybody, a person for themselves alone, by whichever of their identifiers.</summary>
public sealed class Speakers(Commands commands, PolicyVersions policies, Pseudonyms pseudonyms, LinkSets links, TimeProvider clock)
{
    /// <summary>Hears a statement and makes a new record of it.</summary>
    /// <param name="command">The command that brings it.</param>
    /// <param name="named">The person it is about.</param>
    /// <param name="decide">Decides, with the new record's id, the person's pseudonym and the policy in force.</param>
    /// <param name="answer">Makes the answer of the record.</param>
    public async Task<IResult> HearAsync(
        CommandContext command, NamedSubject named, Func<Guid, string, PolicyVersion, Func<ConsentRecord, Decided>> decide, Func<ConsentView, object> answer)
    {
        var faults = new List<ProblemError>();
        if (named.PseudonymAt(command.Controller, pseudonyms, "/subject", faults) is not { } subject)
            return Problems.Unprocessable("The subject cannot be named so.", [.. faults]);
        if (!await links.MayConcernAsync(command.Caller, command.Controller, subject, command.Http.RequestAborted))
            return Problems.Forbidden("A person speaks only for themselves.");
        if (policies.InForce(command.Controller, clock.GetUtcNow()) is not { } policy)
            return PolicyVersions.NoSuchController();

        var consentId = Guid.CreateVersion7();
        return await commands.RunAsync(
            command.Concerning(subject), ConsentRecord.Aggregate, consentId.ToString(), decide(consentId, subject, policy),
            answered => new ConsentAnswer(answered.Status, command.Controller, answered.ResourceId, answer), isNew: true);
    }
}
