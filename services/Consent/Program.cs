using Integritet.Consent.Accounts;
using Integritet.Consent.Cases;
using Integritet.Consent.Consents;
using Integritet.Consent.Contacts;
using Integritet.Consent.Decisions;
using Integritet.Consent.Integration;
using Integritet.Consent.Networks;
using Integritet.Consent.Receipts;
using Integritet.Consent.Recipients;
using Integritet.Consent.Registers;
using Integritet.Consent.Simulations;
using Integritet.Consent.Subjects;
using Integritet.Consent.Systems;
using Integritet.Contracts;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Integritet.Platform.Policies;

var builder = ServiceHost.CreateBuilder(args, new ServiceDescription("consent", typeof(Program).Assembly)
{
    Projections =
    [
        ConsentStatements.Projection, LinkSets.Projection, AgreedContacts.Projection, AccountRelations.Projection, FixedAddresses.Projection, RegisteredSystems.Projection, ReceivedPolicies.Projection,
        .. KnownRecipients.Projections, .. KnownCases.Projections,
    ],
    MoreEvents = [LocalPolicies.Events],
});
builder.AddMessaging(messaging =>
{
    messaging.Service = "consent";
    messaging.Map = IntegrationEvents.Map;
    messaging.Consume<PolicyPublished, PolicyPublishedConsumer>();
    messaging.Consume<PoliciesListed, PoliciesListedConsumer>();
    messaging.Consume<RecipientRegistered, RecipientRegisteredConsumer>();
    messaging.Consume<AgreementRegistered, AgreementRegisteredConsumer>();
    messaging.Consume<AccessRightGranted, AccessRightGrantedConsumer>();
    messaging.Consume<CaseChanged, CaseChangedConsumer>();
    messaging.Consume<CaseSubjectsAdded, CaseSubjectsAddedConsumer>();
    // A service that is not deployed has told nothing, and nobody waits for it.
    if (builder.Configuration[$"Services:{ToldByDisclosure.Source}"] is not null)
        messaging.Watch<DisclosureLog>(ToldByDisclosure.Source);
});
builder.AddLocalPolicies();
builder.Services.AddSingleton<ConsentHistory>();
builder.Services.AddSingleton<LinkSets>();
builder.Services.AddSingleton<Speakers>();
builder.Services.AddSingleton<RegisterPages>();
builder.Services.AddHostedService<FirstSystems>();
builder.Services.AddSingleton<FactReader>();
builder.Services.AddSingleton<Decider>();
builder.Services.AddSingleton<SimulatePolicy>();

var app = builder.Build();
app.UseServiceHost();
app.MapMessaging();
GiveConsent.Map(app);
RefuseConsent.Map(app);
WithdrawConsent.Map(app);
ReadConsent.Map(app);
SearchConsents.Map(app);
ListConsentsToRenew.Map(app);
IssueReceipt.Map(app);
MakeDecision.Map(app);
MakeDecisions.Map(app);
ReadDecision.Map(app);
ExplainDecision.Map(app);
SimulatePolicy.Map(app);
LinkSubjects.Map(app);
RemoveSubjectLink.Map(app);
ListSubjectLinks.Map(app);
AgreeContact.Map(app);
RemoveContact.Map(app);
ReadContacts.Map(app);
RecordAccountRelation.Map(app);
RemoveAccountRelation.Map(app);
ListAccountRelations.Map(app);
ListNetworkAddress.Map(app);
RemoveNetworkAddress.Map(app);
ReadNetworkAddresses.Map(app);
RegisterSystem.Map(app);
ListSystems.Map(app);
await app.RunAsync();

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
