using Integritet.Contracts;
using Integritet.Gateway;
using Integritet.Gateway.Access;
using Integritet.Gateway.ApiKeys;
using Integritet.Gateway.Controllers;
using Integritet.Gateway.Forwarding;
using Integritet.Gateway.Integration;
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
builder.Services.AddSingleton<ITransformProvider, Answers>();
builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy")).AddConfigFilter<Routes>();
builder.WebHost.UseKestrelHttpsConfiguration();

var app = builder.Build();
ClientConnection.Use(app);
app.UseServiceHost(callers => callers.UseMiddleware<ApiCalls>());
app.MapMessaging();
app.MapApi("POST", "/v1/api-keys", "api-keys.create", Role.Operator, CreateApiKey.HandleAsync);
app.MapApi("GET", "/v1/api-keys", "api-keys.list", Role.Operator, ListApiKeys.HandleAsync);
app.MapApi("GET", "/v1/api-keys/{id:guid}", "api-keys.show", Role.Operator, ListApiKeys.HandleOneAsync);
app.MapApi("POST", "/v1/api-keys/{id:guid}/approval", "api-keys.approve", Role.Operator, ApproveApiKey.HandleAsync);
app.MapApi("POST", "/v1/api-keys/{id:guid}/revocation", "api-keys.revoke", Role.Operator, RevokeApiKey.HandleAsync);
app.MapApi("POST", "/v1/controllers", "controllers.register", Role.Operator, RegisterController.HandleAsync);
app.MapApi("POST", "/v1/{controller}/subject-tokens", "subject-tokens.issue", Role.System, IssueSubjectToken.HandleAsync);
app.MapReverseProxy().ConfigureEndpoints((endpoint, route) => endpoint.WithMetadata(RouteAccess.Of(route)).AllowAnonymous());
RouteAccess.RequireOnAll(app);
await app.RunAsync();
return 0;

/// <summary>The entry point, named so that tests can start it.</summary>
public partial class Program;
