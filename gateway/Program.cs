using Integritet.Contracts;
using Integritet.Gateway;
using Integritet.Gateway.Access;
using Integritet.Gateway.ApiKeys;
using Integritet.Gateway.Controllers;
using Integritet.Gateway.Documentation;
using Integritet.Gateway.Forwarding;
using Integritet.Gateway.Integration;
using Integritet.Gateway.Operations;
using Integritet.Gateway.Subjects;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Transforms.Builder;

if (args is [BootstrapCredentials.Verb, ..])
    return await BootstrapCredentials.RunAsync(args[1..]);

var builder = ServiceHost.CreateBuilder(args, new ServiceDescription("gateway", typeof(Program).Assembly) { Projections = [AccessLog.Projection] });
builder.AddMessaging(m =>
{
    m.Service = "gateway";
    m.Consume<PolicyPublished, PolicyPublishedConsumer>();
});
builder.Services.AddOptions<GatewayOptions>().Bind(builder.Configuration.GetSection("Gateway")).ValidateOnStart();
builder.Services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
builder.Services.AddSingleton<AccessLog>();
builder.Services.AddSingleton<AccessFollower>();
builder.Services.AddHostedService(services => services.GetRequiredService<AccessFollower>());
builder.Services.AddSingleton<SubjectTokens>();
builder.Services.AddSingleton<Authentication>();
builder.Services.AddSingleton<CallLimits>();
builder.Services.AddSingleton<Admission>();
builder.Services.AddSingleton<InternalIdentity>();
builder.Services.AddSingleton<ClientConnection>();
builder.Services.AddSingleton<AccessRecorder>();
builder.Services.AddHostedService<TurnedAwayReports>();
builder.Services.AddSingleton<Services>();
builder.Services.AddSingleton<OpenApiDocument>();
builder.Services.AddSingleton<ITransformProvider, Answers>();
builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy")).AddConfigFilter<Routes>();
builder.WebHost.UseKestrelHttpsConfiguration();

var app = builder.Build();
ClientConnection.Use(app);
app.UseServiceHost(callers =>
{
    callers.UseMiddleware<ApiCalls>();
    Page.Use(callers);
});
app.MapMessaging();
app.MapApi("POST", "/v1/api-keys", "api-keys.create", Role.Operator, CreateApiKey.HandleAsync).Accepts<CreateApiKey.Request>("application/json").Produces<ApiKeyDocument>(StatusCodes.Status201Created);
app.MapApi("GET", "/v1/api-keys", "api-keys.list", Role.Operator, ListApiKeys.HandleAsync).Produces<ListApiKeys.Page>();
app.MapApi("GET", "/v1/api-keys/{id:guid}", "api-keys.show", Role.Operator, ListApiKeys.HandleOneAsync).Produces<ApiKeyDocument>();
app.MapApi("POST", "/v1/api-keys/{id:guid}/approval", "api-keys.approve", Role.Operator, ApproveApiKey.HandleAsync).Produces<ApiKeyDocument>();
app.MapApi("POST", "/v1/api-keys/{id:guid}/revocation", "api-keys.revoke", Role.Operator, RevokeApiKey.HandleAsync).Produces<ApiKeyDocument>();
app.MapApi("POST", "/v1/controllers", "controllers.register", Role.Operator, RegisterController.HandleAsync)
    .Accepts<RegisterController.Request>("application/json").Produces<RegisterController.Document>(StatusCodes.Status201Created);
app.MapApi("POST", "/v1/{controller}/subject-tokens", "subject-tokens.issue", Role.System, IssueSubjectToken.HandleAsync)
    .Accepts<IssueSubjectToken.Request>("application/json").Produces<IssueSubjectToken.Document>(StatusCodes.Status201Created);
app.MapApi("GET", "/v1/operations/lag", "operations.lag", Role.Operator, ShowLag.HandleAsync).Produces<ShowLag.Document>();
app.MapApi("GET", "/v1/operations/dead-letters", "operations.dead-letters", Role.Operator, ListDeadLetters.HandleAsync).Produces<ListDeadLetters.Page>();
app.MapApi("POST", "/v1/operations/dead-letters/{id:guid}/replay", "operations.replay", Role.Operator, ReplayDeadLetter.HandleAsync);
app.MapApi("POST", "/v1/operations/projections/{service}/{name}/rebuild", "operations.rebuild", Role.Operator, RebuildProjection.HandleAsync);
#if TEST_CLOCK
app.MapApi("POST", "/v1/operations/clock", "operations.clock", Role.Operator, MoveClock.HandleAsync).Accepts<MoveClock.Request>("application/json").Produces<MoveClock.Document>();
#endif
app.MapGet("/openapi/v1.json", (HttpContext http, OpenApiDocument document) => document.HandleAsync(http)).AllowAnonymous().ExcludeFromDescription();
app.MapReverseProxy().ConfigureEndpoints((endpoint, route) => endpoint.WithMetadata(RouteAccess.Of(route)).AllowAnonymous());
RouteAccess.RequireOnAll(app);
await app.RunAsync();
return 0;

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
