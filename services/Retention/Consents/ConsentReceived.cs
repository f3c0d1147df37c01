using System.Text.Json.Serialization;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using MassTransit;

namespace Integritet.Retention.Consents;

/// <summary>Consent has told what a person said on some purposes. What was said never changes, so each statement is kept in a stream of its own and taken whenever it comes.</summary>
/// <param name="SourceVersion">Version of the record's stream there.</param>
/// <param name="SourcePosition">Its place in Consent's log: of all that was said on a purpose, the newest decides.</param>
/// <param name="ConsentId">The record it is part of.</param>
/// <param name="Subject">Pseudonym.</param>
/// <param name="Purposes">The purposes spoken of.</param>
/// <param name="Statement"><c>given</c>, <c>refused</c> or <c>withdrawn</c>.</param>
/// <param name="StatedAt">When.</param>
/// <param name="ExpiresAt">Of one given: until when; null: it does not end by itself.</param>
[StoredEvent("consent-received.v1")]
public sealed record ConsentReceived(
    long SourceVersion, long SourcePosition, Guid ConsentId, string Subject, IReadOnlyList<string> Purposes, string Statement, DateTimeOffset StatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ExpiresAt) : IReceivedFact, IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => [Subject];

    public static string StreamOf(string sourceStream, long sourceVersion) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"received-{sourceStream}-{sourceVersion}");
}

/// <summary>Keeps what Consent tells of consents: a purpose that rests on consent ends with it.</summary>
public sealed class ConsentStatedConsumer(ReceivedFacts facts) : IConsumer<ConsentStated>
{
    public async Task Consume(ConsumeContext<ConsentStated> context)
    {
        var told = context.Message;
        await facts.StoreAsync(
            context, ConsentReceived.StreamOf(told.SourceStream, told.SourceVersion),
            new ConsentReceived(told.SourceVersion, told.SourcePosition, told.ConsentId, told.Subject, told.Purposes, told.Statement, told.StatedAt, told.ExpiresAt));
    }
}
