using System.Text.Json.Serialization;
using System.Xml;
using Integritet.Gateway.Access;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Gateway.Subjects;

/// <summary>A system vouched for a customer it had authenticated. The token itself is kept nowhere.</summary>
[StoredEvent("subject-token-issued.v1")]
public sealed record SubjectTokenIssued(string TokenId, string Subject, string IssuedBy, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);

/// <summary>A system that has authenticated a customer gets a token with which this person, and nobody else, acts for itself at this controller.</summary>
public static class IssueSubjectToken
{
    private static readonly TimeSpan MaxLife = TimeSpan.FromDays(1);

    public static readonly Aggregate<SubjectTokenIssued?> Aggregate = new("subject-token", null, Evolve);

    /// <param name="ExpiresIn">ISO 8601 duration, at most a day.</param>
    public sealed record Request(NamedSubject Subject, string ExpiresIn);

    /// <param name="AlreadyIssued">True on a repeat: the token was given then.</param>
    public sealed record Document(
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token, DateTimeOffset ExpiresAt,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? AlreadyIssued);

    public static SubjectTokenIssued? Evolve(SubjectTokenIssued? state, object @event) => (state, @event) switch
    {
        (null, SubjectTokenIssued e) => e,
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow in the stream of a subject token."),
    };

    public static Decided Decide(SubjectTokenIssued? state, string id, string pseudonym, TimeSpan expiresIn, Credential system, DateTimeOffset now) =>
        state is not null
            ? Decided.Refuse(Problems.Conflict("The token exists."))
            : Decided.Accept(StatusCodes.Status201Created, new SubjectTokenIssued(id, pseudonym, system.Id, now, now + expiresIn));

    public static async Task<IResult> HandleAsync(HttpContext http, string controller, Commands commands, SubjectTokens tokens, Pseudonyms pseudonyms, TimeProvider time)
    {
        var request = await http.ReadBodyAsync<Request>();
        var faults = new List<ProblemError>();
        if (request.Subject.PseudonymAt(controller, pseudonyms, "/subject", faults) is not { } pseudonym)
            return Problems.Unprocessable("The subject cannot be named.", [.. faults]);
        if (ParseLife(request.ExpiresIn) is not { } life)
            return Problems.Unprocessable("The token cannot be issued.", new ProblemError("An ISO 8601 duration of at most a day: PT15M.", "/expiresIn"));

        var system = http.Credential();
        var id = Guid.CreateVersion7().ToString("N");
        return await commands.RunAsync(
            http.Command().Concerning(pseudonym), Aggregate, id,
            state => Decide(state, id, pseudonym, life, system, time.GetUtcNow()),
            answered => TypedResults.Created((string?)null, answered.Repeated
                ? new Document(null, answered.State!.ExpiresAt, AlreadyIssued: true)
                : new Document(tokens.Mint(id, controller, pseudonym, Guid.ParseExact(system.Id, "N"), answered.State!.IssuedAt, answered.State.ExpiresAt), answered.State.ExpiresAt, null)),
            isNew: true);
    }

    private static TimeSpan? ParseLife(string text)
    {
        try
        {
            return text.Length <= 32 && XmlConvert.ToTimeSpan(text) is var life && life > TimeSpan.Zero && life <= MaxLife ? life : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return null;
        }
    }
}
