using Integritet.Contracts;
using Integritet.Disclosure;
using Integritet.Disclosure.Cases;
using Integritet.Disclosure.Integration;
using Integritet.Disclosure.Recipients;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Integritet.Platform.Policies;

var builder = ServiceHost.CreateBuilder(args, new ServiceDescription(DisclosureService.Name, typeof(Program).Assembly)
{
    Projections = [ReceivedPolicies.Projection, RecipientList.Projection, CaseList.Projection, Confirmations.Projection],
    MoreEvents = [LocalPolicies.Events],
});
builder.AddMessaging(messaging =>
{
    messaging.Service = DisclosureService.Name;
    messaging.Map = IntegrationEvents.Map;
    messaging.Consume<PolicyPublished, PolicyPublishedConsumer>();
    messaging.Consume<PoliciesListed, PoliciesListedConsumer>();
    messaging.Consume<FactApplied, FactAppliedConsumer>();
});
builder.AddLocalPolicies();
builder.Services.AddSingleton<Confirmations>();
builder.Services.AddSingleton<RecipientList>();
builder.Services.AddSingleton<CaseList>();

var app = builder.Build();
app.UseServiceHost();
app.MapMessaging();
RegisterRecipient.Map(app);
RegisterAgreement.Map(app);
GrantAccessRight.Map(app);
ReadRecipients.Map(app);
OpenCase.Map(app);
AddCaseSubjects.Map(app);
CloseCase.Map(app);
ReadCases.Map(app);
await app.RunAsync();

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
