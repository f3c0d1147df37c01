using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Subjects;

/// <summary>Several identifiers are one person's: from here on everything about one of them holds for all.</summary>
public sealed record LinkSubjects(Guid LinkId, IReadOnlyList<string> Subjects, string Evidence)
{
    private const int MaxIdentifiers = 20;

    /// <summary>Most identifiers one person may come to have through links that share some, and most of those links: what is looked up for a person stays bounded.</summary>
    public const int MaxLinkSet = 100;

    public sealed record Body(IReadOnlyList<NamedSubject> Subjects, LinkEvidence Evidence);

    /// <param name="person">The identifiers the person has when this link is made, and the links there are.</param>
    public static Decided Decide(SubjectLink state, LinkSubjects command, LinkSetSize person)
    {
        var faults = new List<ProblemError>();
        if (command.Subjects.Count < 2)
            faults.Add(new ProblemError("A link joins at least two different identifiers.", "/subjects"));
        if (command.Subjects.Count > MaxIdentifiers)
            faults.Add(new ProblemError($"A link joins at most {MaxIdentifiers} identifiers.", "/subjects"));
        else if (person.Identifiers > MaxLinkSet)
            faults.Add(new ProblemError($"With what is linked already, one person would have more than {MaxLinkSet} identifiers.", "/subjects"));
        else if (!state.Stands && person.Links >= MaxLinkSet)
            faults.Add(new ProblemError($"One person's identifiers are joined by at most {MaxLinkSet} links: remove some first.", "/subjects"));
        if (string.IsNullOrWhiteSpace(command.Evidence))
            faults.Add(new ProblemError("The evidence says how it is known that they are one person's.", "/evidence"));
        if (faults.Count > 0)
            return Decided.Refuse(Problems.Unprocessable("The identifiers cannot be linked.", [.. faults]));
        return state.Stands && state.Recorded!.Evidence == command.Evidence
            ? Decided.Accept(StatusCodes.Status201Created)
            : Decided.Accept(StatusCodes.Status201Created, new SubjectLinkEvent.Linked(command.LinkId, command.Subjects[0], command.Subjects, command.Evidence));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/subjects/links", HandleAsync).RequireRoles(Roles.System)
            .WithName("subjectsLink").WithSummary("Identifiers are one person's.").Accepts<Body>("application/json").Produces<SubjectLinkView>(StatusCodes.Status201Created);

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, Pseudonyms pseudonyms, PolicyVersions policies, LinkSets links)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (!policies.Knows(command.Controller))
            return PolicyVersions.NoSuchController();
        var faults = new List<ProblemError>();
        var subjects = body.Subjects.Select((s, i) => s.PseudonymAt(command.Controller, pseudonyms, string.Create(CultureInfo.InvariantCulture, $"/subjects/{i}"), faults)).ToArray();
        if (faults.Count > 0)
            return Problems.Unprocessable("A subject cannot be named so.", [.. faults]);

        var distinct = subjects.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var person = distinct.Length is > 1 and <= MaxIdentifiers ? await links.SizeAsync(command.Controller, distinct, http.RequestAborted) : LinkSetSize.None;
        var link = new LinkSubjects(EntryId.Of(["link", .. distinct]), distinct, body.Evidence.Text);
        return await commands.RunAsync(
            command.Concerning(distinct), SubjectLink.Aggregate, link.LinkId.ToString(), state => Decide(state, link, person),
            answered => Results.Json(SubjectLinkView.Of(answered.State), JsonText.Options, statusCode: answered.Status));
    }
}

/// <summary>How it is known: a text, or an object whose <c>reference</c> says where that is kept.</summary>
[JsonConverter(typeof(LinkEvidenceConverter))]
public sealed record LinkEvidence(string Text);

internal sealed class LinkEvidenceConverter : JsonConverter<LinkEvidence>
{
    private sealed record Reference([property: JsonPropertyName("reference")] string Text);

    public override LinkEvidence Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? new LinkEvidence(reader.GetString()!)
            : new LinkEvidence((JsonSerializer.Deserialize<Reference>(ref reader, options) ?? throw new JsonException("Evidence is a text or an object with a reference.")).Text);

    public override void Write(Utf8JsonWriter writer, LinkEvidence value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}
