using System.Text.Json;
using System.Text.Json.Serialization;
using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Accounts;

/// <summary>A person holds an account, is let use it, or holds one of its sub-accounts, for a time (AL-8).</summary>
public static class RecordAccountRelation
{
    public sealed record Body(
        string Account, NamedSubject Subject, AccountRole Role, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo = null, string? SubAccount = null, Grantor? GrantedBy = null);

    public static Decided Decide(AccountRelation state, AccountRelationEvent.Recorded recorded)
    {
        var faults = Faults(recorded).ToArray();
        if (faults.Length > 0)
            return Decided.Refuse(Problems.Unprocessable("The relation cannot be recorded.", faults));
        if (state.Periods.Exists(p => p.Validity() == recorded.Validity() && p.Granted == recorded.Granted && p.GrantedBy == recorded.GrantedBy))
            return Decided.Accept(StatusCodes.Status201Created);
        if (state.Periods.Exists(p => p.Validity().Overlaps(recorded.Validity())))
            return Decided.Refuse(Problems.Conflict("The same relation is recorded for some of that time: remove it first.", new ProblemError("It overlaps what is recorded.", "/validFrom")));
        return Decided.Accept(StatusCodes.Status201Created, recorded);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/account-relations", HandleAsync).RequireRoles(Roles.System)
            .WithName("accountRelationsRecord").WithSummary("A person's relation to an account.").Accepts<Body>("application/json").Produces<AccountRelationView>(StatusCodes.Status201Created);

    /// <summary>The relation that a body names; null, with a fault for each, where it cannot be read so.</summary>
    public static AccountRelationEvent.Recorded? Read(Body body, string controller, Pseudonyms pseudonyms, List<ProblemError> faults)
    {
        var subject = body.Subject.PseudonymAt(controller, pseudonyms, "/subject", faults);
        var account = AccountAt(body.Account, "/account", controller, pseudonyms, faults);
        var subAccount = body.SubAccount is null ? null : AccountAt(body.SubAccount, "/subAccount", controller, pseudonyms, faults);
        var grantedBy = body.GrantedBy?.Subject is { } grantor ? grantor.PseudonymAt(controller, pseudonyms, "/grantedBy", faults) : body.GrantedBy?.Text;
        if (faults.Count > 0)
            return null;
        var id = EntryId.Of("account-relation", account, subAccount, subject, body.Role.ToString());
        return new AccountRelationEvent.Recorded(id, subject!, body.Role, account!, subAccount, body.GrantedBy is not null, grantedBy, body.ValidFrom, body.ValidTo);
    }

    private static IEnumerable<ProblemError> Faults(AccountRelationEvent.Recorded recorded)
    {
        foreach (var fault in recorded.Validity().Faults())
            yield return fault;
        if (recorded.Role == AccountRole.SubAccount && recorded.SubAccount is null)
            yield return new ProblemError("The holder of a sub-account holds a certain one.", "/subAccount");
        if (recorded.SubAccount == recorded.Account)
            yield return new ProblemError("An account is no sub-account of itself.", "/subAccount");
        if (recorded.Granted && string.IsNullOrWhiteSpace(recorded.GrantedBy))
            yield return new ProblemError("A grant says by whom.", "/grantedBy");
    }

    private static string? AccountAt(string account, string pointer, string controller, Pseudonyms pseudonyms, List<ProblemError> faults)
    {
        if (SubjectId.TryParse("account", account, out var normal, out var problem))
            return pseudonyms.Of(controller, normal);
        faults.Add(new ProblemError(problem.Detail, pointer));
        return null;
    }

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, Pseudonyms pseudonyms, PolicyVersions policies)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (!policies.Knows(command.Controller))
            return PolicyVersions.NoSuchController();
        var faults = new List<ProblemError>();
        if (Read(body, command.Controller, pseudonyms, faults) is not { } recorded)
            return Problems.Unprocessable("The relation cannot be recorded.", [.. faults]);
        return await commands.RunAsync(
            command.Concerning(recorded.Subject), AccountRelation.Aggregate, recorded.RelationId.ToString(), state => Decide(state, recorded),
            answered => Results.Json(AccountRelationView.Of(answered.State), JsonText.Options, statusCode: answered.Status));
    }
}

/// <summary>Who granted a relation: a subject, or a text by which the caller knows them.</summary>
[JsonConverter(typeof(GrantorConverter))]
public sealed record Grantor(string? Text, NamedSubject? Subject);

internal sealed class GrantorConverter : JsonConverter<Grantor>
{
    public override Grantor Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? new Grantor(reader.GetString(), null)
            : new Grantor(null, JsonSerializer.Deserialize<NamedSubject>(ref reader, options) ?? throw new JsonException("A grantor is a subject or a text."));

    public override void Write(Utf8JsonWriter writer, Grantor value, JsonSerializerOptions options)
    {
        if (value.Subject is { } subject)
            JsonSerializer.Serialize(writer, subject, options);
        else
            writer.WriteStringValue(value.Text);
    }
}
