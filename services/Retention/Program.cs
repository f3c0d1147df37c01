using Integritet.Contracts;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Integritet.Platform.Policies;
using Integritet.Retention.Agreements;
using Integritet.Retention.Holdings;
using Integritet.Retention.Integration;
using Integritet.Retention.Triggers;

var builder = ServiceHost.CreateBuilder(args, new ServiceDescription("retention", typeof(Program).Assembly)
{
    Projections = [ReceivedPolicies.Projection, TriggerRows.Projection, AgreementRows.Projection, HoldingRows.Projection, HoldingImports.Projection],
    MoreEvents = [LocalPolicies.Events],
});
builder.AddMessaging(messaging =>
{
    messaging.Service = "retention";
    messaging.Map = IntegrationEvents.Map;
    messaging.Consume<PolicyPublished, PolicyPublishedConsumer>();
});
builder.AddLocalPolicies();

var app = builder.Build();
app.UseServiceHost();
app.MapMessaging();
await app.RunAsync();

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
