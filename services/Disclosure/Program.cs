using Integritet.Contracts;
using Integritet.Disclosure;
using Integritet.Disclosure.Integration;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Integritet.Platform.Policies;

var builder = ServiceHost.CreateBuilder(args, new ServiceDescription(DisclosureService.Name, typeof(Program).Assembly)
{
    Projections = [ReceivedPolicies.Projection, Confirmations.Projection],
    MoreEvents = [LocalPolicies.Events],
});
builder.AddMessaging(messaging =>
{
    messaging.Service = DisclosureService.Name;
    messaging.Map = IntegrationEvents.Map;
    messaging.Consume<PolicyPublished, PolicyPublishedConsumer>();
    messaging.Consume<FactApplied, FactAppliedConsumer>();
});
builder.AddLocalPolicies();
builder.Services.AddSingleton<Confirmations>();

var app = builder.Build();
app.UseServiceHost();
app.MapMessaging();
await app.RunAsync();

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
