using Integritet.Audit;
using Integritet.Audit.Feed;
using Integritet.Audit.Ledger;
using Integritet.Audit.Search;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;

var builder = ServiceHost.CreateBuilder(args, new ServiceDescription(AuditService.Name, typeof(Program).Assembly));
builder.AddMessaging(messaging =>
{
    messaging.Service = AuditService.Name;
    messaging.ConsumeFeed<ReceiveFeed>();
});
builder.Services.AddSchemaFiles(LedgerSchema.Files);
builder.Services.AddSingleton<LedgerWriter>().AddSingleton<ReadLedger>().AddSingleton<LinkedIdentifiers>().AddSingleton<RecordFilledGap>().AddSingleton<RecordMalformedMessage>();
builder.Services.AddSingleton<LedgerDelay>().AddSingleton<LedgerLag>().AddHostedService(services => services.GetRequiredService<LedgerLag>());
SourceHealth.Add(builder.Services, builder.Configuration);

var app = builder.Build();
app.UseServiceHost();
app.MapMessaging();
LedgerLag.Map(app);
FindEvents.Map(app);
ShowTimeline.Map(app);
FindApiCalls.Map(app);
await app.RunAsync();

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
