using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Networks;

/// <summary>A range comes off the fixed list, whatever end was recorded.</summary>
public static class RemoveNetworkAddress
{
    public static Decided Decide(NetworkAddress state) => state switch
    {
        { Last: null } => Decided.Refuse(Problems.NotFound("There is no such range.")),
        { Periods.IsEmpty: true } => Decided.Accept(StatusCodes.Status200OK),
        { Last: var last } => Decided.Accept(StatusCodes.Status200OK, new NetworkAddressEvent.Removed(last.AddressId)),
    };

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/network-addresses/{id:guid}/removal", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("networkAddressesRemove").WithSummary("A range comes off the fixed list.").Produces<NetworkAddressView>();

    private static Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands) =>
        Removal.RunAsync(http, commands, NetworkAddress.Aggregate, id, Decide, _ => [], NetworkAddressView.Of);
}
