using Integritet.Consent.Registers;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Accounts;

/// <summary>A relation to an account has ended, whatever end was recorded.</summary>
public static class RemoveAccountRelation
{
    public static Decided Decide(AccountRelation state) => state switch
    {
        { Last: null } => Decided.Refuse(Problems.NotFound("There is no such relation.")),
        { Periods.IsEmpty: true } => Decided.Accept(StatusCodes.Status200OK),
        { Last: var last } => Decided.Accept(StatusCodes.Status200OK, new AccountRelationEvent.Removed(last.RelationId, last.Subject)),
    };

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/account-relations/{id:guid}/removal", HandleAsync).RequireRoles(Roles.System)
            .WithName("accountRelationsRemove").WithSummary("A relation to an account has ended.").Produces<AccountRelationView>();

    private static async Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands, EventStreams streams)
    {
        var command = http.Command();
        await Removal.ReadAsync(http);
        var relation = await streams.LoadAsync(AccountRelation.Aggregate, command.Controller, id.ToString(), cancellationToken: http.RequestAborted);
        return await commands.RunAsync(
            relation.State.Last is { } last ? command.Concerning(last.Subject) : command, AccountRelation.Aggregate, id.ToString(), Decide,
            answered => Results.Json(AccountRelationView.Of(answered.State), JsonText.Options, statusCode: answered.Status));
    }
}
