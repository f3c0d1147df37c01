using Integritet.Contracts;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Integritet.Policy.MountedPolicies;
using Integritet.Policy.Integration;
using Integritet.Policy.Notice;
using Integritet.Policy.Simulations;
using Integritet.Policy.Versions;

namespace Integritet.Policy;

/// <summary>The service put together: drafts, checks, publishes and serves versions of each controller's policy.</summary>
public static class PolicyService
{
    public const string Name = "policy";

    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(args, new ServiceDescription(Name, typeof(PolicyService).Assembly) { Projections = [VersionList.Projection] });
        // Before messages come: who asks for the policies is told those of the directory too.
        builder.Services.AddSingleton<VersionList>();
        builder.Services.AddSingleton<DirectoryHealth>();
        builder.Services.AddHostedService<LoadDirectory>();
        builder.AddMessaging(m =>
        {
            m.Service = Name;
            m.Map = IntegrationEvents.Map;
            m.Consume<PoliciesWanted, PoliciesWantedConsumer>();
        });
        builder.Services.AddSingleton<Changes>();
        builder.Services.AddOptions<DecidersOptions>().BindConfiguration("Policy");
        builder.Services.AddSingleton<Deciders>();
        builder.Services.AddHealthChecks().AddCheck<DirectoryHealth>("policy-directory");
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseServiceHost();
        app.MapMessaging();
        DraftPolicy.Map(app);
        ReplaceDraft.Map(app);
        PublishPolicy.Map(app);
        ReadPolicies.Map(app);
        ReadNotice.Map(app);
        SimulatePolicy.Map(app);
        return app;
    }
}
