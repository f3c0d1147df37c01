using System.Text.Json.Serialization;
using Integritet.Contracts;
using Integritet.Disclosure.Integration;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Disclosure.Recipients;

/// <summary>A recipient as callers see it.</summary>
/// <param name="Name">Null once erased.</param>
/// <param name="EffectiveAt">Since when every service that decides knows it; null before.</param>
public sealed record RecipientView(
    Guid RecipientId, string Kind, string? Name, string Country, string? Safeguard, DateTimeOffset? EffectiveAt, IReadOnlyList<AgreementView> Agreements, IReadOnlyList<AccessRightView> AccessRights)
{
    /// <summary>Of a group company: the clause by which the policy in force judges it as the controller itself (DV-14), if it lists it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PartOfController { get; init; }

    internal static RecipientView Of(Recipient.Registered recipient, PolicyVersion? policy, ConfirmedVersions confirmed)
    {
        var stream = Recipient.Aggregate.StreamOf(recipient.Id.ToString());
        return new RecipientView(
            recipient.Id, recipient.Kind, recipient.Name, recipient.Country, recipient.Safeguard, confirmed.EffectiveAt<RecipientRegistered>(stream, 1),
            [.. recipient.Agreements.Select(a => new AgreementView(a.Id, recipient.Id, a.Type, a.SignedAt, a.ExpiresAt, a.Reference, confirmed.EffectiveAt<AgreementRegistered>(stream, a.Version)))],
            [.. recipient.AccessRights.Select(r => new AccessRightView(r.Id, recipient.Id, [.. r.Categories], r.ValidFrom, r.ValidTo, confirmed.EffectiveAt<AccessRightGranted>(stream, r.Version)))])
        {
            PartOfController = recipient.Kind == "group-company" ? policy?.Document.Controller.Group.FirstOrDefault(company => company.Name == recipient.Name)?.Clause : null,
        };
    }
}

/// <summary>An agreement as callers see it.</summary>
public sealed record AgreementView(Guid AgreementId, Guid RecipientId, string Type, DateTimeOffset SignedAt, DateTimeOffset? ExpiresAt, string Reference, DateTimeOffset? EffectiveAt);

/// <summary>An access right as callers see it.</summary>
public sealed record AccessRightView(Guid AccessRightId, Guid RecipientId, IReadOnlyList<string> Categories, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo, DateTimeOffset? EffectiveAt);

/// <summary>Answers a command on a recipient with a part of how it is seen.</summary>
internal sealed class RecipientAnswer(Answered<Recipient> answered, string controller, Func<RecipientView, object> part) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        var recipient = (Recipient.Registered)answered.State;
        var confirmed = await services.GetRequiredService<Confirmations>().OfAsync(controller, [Recipient.Aggregate.StreamOf(answered.ResourceId)], httpContext.RequestAborted);
        var policy = services.GetRequiredService<PolicyVersions>().InForce(controller, services.GetRequiredService<TimeProvider>().GetUtcNow());
        httpContext.SetETag(answered.Version);
        httpContext.Response.Headers.Location = $"/v1/{controller}/recipients/{recipient.Id}";
        await Results.Json(part(RecipientView.Of(recipient, policy, confirmed)), JsonText.Options, statusCode: answered.Status).ExecuteAsync(httpContext);
    }
}
