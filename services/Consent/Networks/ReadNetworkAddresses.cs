using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Networks;

/// <summary>The fixed list, now or as of an instant: a line for each period.</summary>
public static class ReadNetworkAddresses
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/network-addresses", HandleAsync).RequireRoles(Roles.System, Roles.Officer, Roles.Auditor)
            .WithName("networkAddressesRead").WithSummary("The ranges on the fixed list.").Produces<RegisterPages.Page<NetworkAddressView>>();

    private static Task<IResult> HandleAsync(HttpContext http, RegisterPages pages) => pages.AnswerAsync(
        http, FixedAddresses.Table, "t.address_id, t.range::text, t.use, t.valid_from, t.valid_to",
        row => new NetworkAddressView(
            row.GetGuid(1), AddressStatus.Listed, row.GetString(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4), row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5)));
}
