using Integritet.Consent.Registers;
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

    private static Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands) =>
        Removal.RunAsync(http, commands, AccountRelation.Aggregate, id, Decide, relation => relation.Last is { } last ? [last.Subject] : [], AccountRelationView.Of);
}
