using Integritet.Contracts;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Integritet.Platform.Policies;
using Integritet.Retention;
using Integritet.Retention.Agreements;
using Integritet.Retention.Consents;
using Integritet.Retention.Holdings;
using Integritet.Retention.Imports;
using Integritet.Retention.Instructions;
using Integritet.Retention.Integration;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Planning;
using Integritet.Retention.ProcessingRecord;
using Integritet.Retention.Runs;
using Integritet.Retention.Subjects;
using Integritet.Retention.Systems;
using Integritet.Retention.Triggers;

var builder = ServiceHost.CreateBuilder(args, new ServiceDescription("retention", typeof(Program).Assembly)
{
    Projections = RetentionParts.Projections,
    MoreEvents = [LocalPolicies.Events],
});
builder.AddMessaging(messaging =>
{
    messaging.Service = "retention";
    messaging.Map = IntegrationEvents.Map;
    messaging.Consume<PolicyPublished, PolicyPublishedConsumer>();
    messaging.Consume<PoliciesListed, PoliciesListedConsumer>();
    messaging.Consume<SystemRegistered, SystemRegisteredConsumer>();
    messaging.Consume<SubjectLinkChanged, SubjectLinkConsumer>();
    messaging.Consume<ConsentStated, ConsentStatedConsumer>();
    messaging.Consume<CaseChanged, CaseChangedConsumer>();
    messaging.Consume<CaseSubjectsAdded, CaseSubjectsAddedConsumer>();
    if (KnownCases.AreTold(builder.Configuration))
        messaging.Watch<DisclosureLog>(ToldByDisclosure.Source);
});
builder.AddLocalPolicies();
builder.Services.AddRuns();
builder.Services.AddSingleton<CaseHolds>();
builder.Services.AddSingleton<RealRun>();
builder.Services.AddHostedService<RunLeader>();
builder.Services.AddPlans();
builder.Services.AddHostedService<SystemFeed>();
builder.Services.AddHostedService<Planner>();

var app = builder.Build();
app.UseServiceHost();
app.MapMessaging();
PlaceLegalHold.Map(app);
ReleaseLegalHold.Map(app);
ReadLegalHolds.Map(app);
RunRetention.Map(app);
ReadRuns.Map(app);
ReadInstructions.Map(app);
ReportFailure.Map(app);
ConfirmInstruction.Map(app);
ShowProcessingRecord.Map(app);
RegisterHolding.Map(app);
ImportHoldings.Map(app);
ShowImport.Map(app);
ReadHolding.Map(app);
SearchHoldings.Map(app);
TellTrigger.Map(app);
AgreeRetention.Map(app);
ListAgreements.Map(app);
ShowReplanning.Map(app);
await app.RunAsync();

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
