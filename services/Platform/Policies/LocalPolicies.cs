using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Integritet.Platform.Policies;

/// <summary>
/// A service's own copy of every published policy, for one that decides by them. It also needs <see cref="ReceivedPolicies.Projection"/> among its projections, <see cref="Events"/> among its
/// stored events, <see cref="PolicyPublishedConsumer"/> and <see cref="PoliciesListedConsumer"/> among its consumers, and to tell <see cref="PoliciesAsked"/> as a <see cref="Contracts.PoliciesWanted"/>.
/// </summary>
public static class LocalPolicies
{
    /// <summary>Where the events are that it stores.</summary>
    public static Assembly Events => typeof(LocalPolicies).Assembly;

    /// <summary>Adds <see cref="PolicyVersions"/>, what keeps them up to date, and their health: before it has every published policy the service is not ready.</summary>
    public static IHostApplicationBuilder AddLocalPolicies(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<PolicyVersions>();
        builder.Services.AddSingleton<PolicyListing>();
        builder.Services.AddHostedService<PolicyFeed>();
        builder.Services.AddHealthChecks().AddCheck<PolicyHealth>("policy");
        return builder;
    }
}
