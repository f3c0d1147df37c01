using System.Text.Json.Serialization;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using MassTransit;

namespace Integritet.Retention.Subjects;

/// <summary>Consent has told that identifiers name one person, or no longer. Its stream here is that of the link there.</summary>
/// <param name="SourceVersion">Version of that stream.</param>
/// <param name="LinkId">Which link.</param>
/// <param name="Joined">Pseudonyms of the identifiers it joins.</param>
/// <param name="Linked">Whether it stands.</param>
[StoredEvent("subject-link-received.v1")]
public sealed record SubjectLinkReceived(long SourceVersion, Guid LinkId, IReadOnlyList<string> Joined, bool Linked) : IReceivedFact, IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => Joined;

    public static string StreamOf(string sourceStream) => $"received-{sourceStream}";
}

/// <summary>Keeps what Consent tells of links: every plan and search of a person goes by all of the person's identifiers.</summary>
public sealed class SubjectLinkConsumer(ReceivedFacts facts, Turns turns, RecallHeld recall) : IConsumer<SubjectLinkChanged>
{
    public async Task Consume(ConsumeContext<SubjectLinkChanged> context)
    {
        var told = context.Message;
        await facts.StoreAsync(context, SubjectLinkReceived.StreamOf(told.SourceStream), new SubjectLinkReceived(told.SourceVersion, told.LinkId, told.Subjects, told.Linked));
        // A hold on a person covers what is instructed under a name that turns out to be the person's too.
        if (told.Linked && await recall.AnyStandsAsync(told.Controller, context.CancellationToken))
        {
            await using var turn = await turns.TakeAsync(told.Controller, context.CancellationToken);
            await recall.RecallAsync(told.Controller, context.CancellationToken);
        }
    }
}
