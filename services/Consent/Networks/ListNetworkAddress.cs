using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Networks;

/// <summary>A range of addresses is put on the fixed list from which devices are administered (BG-8).</summary>
public static class ListNetworkAddress
{
    private static readonly string[] Uses = ["administration"];

    public sealed record Body(string Cidr, string Use, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo = null);

    public static Decided Decide(NetworkAddress state, NetworkAddressEvent.Listed listed)
    {
        var faults = listed.Validity().Faults().ToList();
        if (!Uses.Contains(listed.Use, StringComparer.Ordinal))
            faults.Add(new ProblemError($"A use is one of {string.Join(", ", Uses)}.", "/use"));
        if (faults.Count > 0)
            return Decided.Refuse(Problems.Unprocessable("The range cannot be listed.", [.. faults]));
        if (state.Periods.Exists(p => p.Validity() == listed.Validity()))
            return Decided.Accept(StatusCodes.Status201Created);
        if (state.Periods.Exists(p => p.Validity().Overlaps(listed.Validity())))
            return Decided.Refuse(Problems.Conflict("The same range is listed for some of that time: remove it first.", new ProblemError("It overlaps what is listed.", "/validFrom")));
        return Decided.Accept(StatusCodes.Status201Created, listed);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/network-addresses", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("networkAddressesList").WithSummary("A range of addresses from which devices are administered.").Accepts<Body>("application/json")
            .Produces<NetworkAddressView>(StatusCodes.Status201Created);

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, PolicyVersions policies)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (!policies.Knows(command.Controller))
            return PolicyVersions.NoSuchController();
        var faults = new List<ProblemError>();
        if (AddressRange.Parse(body.Cidr, "/cidr", faults) is not { } cidr)
            return Problems.Unprocessable("The range cannot be listed.", [.. faults]);
        var listed = new NetworkAddressEvent.Listed(EntryId.Of("network-address", cidr, body.Use), cidr, body.Use, body.ValidFrom, body.ValidTo);
        return await commands.RunAsync(
            command, NetworkAddress.Aggregate, listed.AddressId.ToString(), state => Decide(state, listed),
            answered => Results.Json(NetworkAddressView.Of(answered.State), JsonText.Options, statusCode: answered.Status));
    }
}
