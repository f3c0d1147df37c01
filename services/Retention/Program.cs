using Integritet.Contracts;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Integritet.Platform.Policies;
using Integritet.Retention;
using Integritet.Retention.Instructions;
using Integritet.Retention.Integration;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Runs;
using Integritet.Retention.Plans;
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
});
builder.AddLocalPolicies();
builder.Services.AddRuns();
builder.Services.AddSingleton<RealRun>();
builder.Services.AddHostedService<RunLeader>();
builder.Services.AddSingleton<SystemRegister>();
builder.Services.AddSingleton<FactReader>();

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
RegisterHolding.Map(app);
ReadHolding.Map(app);
SearchHoldings.Map(app);
TellTrigger.Map(app);
AgreeRetention.Map(app);
ListAgreements.Map(app);
await app.RunAsync();

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
