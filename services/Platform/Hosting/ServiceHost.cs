using Integritet.Platform.EventStore;
using Integritet.Platform.EventStore.Marten;
using Integritet.Platform.PersonalData;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Integritet.Platform.Hosting;

/// <summary>The frame of every service: store, keys, identity, strict input, problems. A service adds its endpoints and consumers.</summary>
public static class ServiceHost
{
    /// <summary>A builder with everything a service has in common with the others.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args, ServiceDescription description)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        QuietFrameworks(builder.Configuration);
        builder.Configuration.AddSecretsByFile();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyLimits.Default.MaxBytes;
        });
        builder.Configuration["Service:Name"] = description.Name;
        builder.Services.AddSingleton(description);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(json => JsonText.Configure(json.SerializerOptions));
        AddStore(builder, description);
        AddIdentity(builder, description);
        Health.Add(builder.Services);
        builder.Services.AddSingleton<ProjectionRebuilds>();
        Drain.Add(builder.Services);
        Telemetry.Add(builder.Services);
        OpenApi.Add(builder.Services, description);
#if TEST_CLOCK
        TestClock.Add(builder);
#endif
        Verbs.RunIfAny(args, builder);
        return builder;
    }

    /// <summary>Puts the frame around the service's endpoints. Call it before mapping them.</summary>
    /// <param name="app">The service.</param>
    /// <param name="afterRouting">What stands before the authentication by internal tokens: the gateway's own knowledge of its callers.</param>
    public static void UseServiceHost(this WebApplication app, Action<IApplicationBuilder>? afterRouting = null)
    {
        app.Lifetime.ApplicationStarted.Register(LetGoOfStartUp);
        app.UseMiddleware<RequestBoundary>();
        app.UseRouting();
        afterRouting?.Invoke(app);
        app.UseAuthentication();
        app.UseAuthorization();
        Health.Map(app);
        ProjectionRebuilds.Map(app);
        OpenApi.Map(app);
#if TEST_CLOCK
        TestClock.Map(app);
#endif
    }

    /// <summary>Configuration, documents and policies read at start leave a heap several times what the service needs; at rest nothing would ever collect it.</summary>
    private static void LetGoOfStartUp() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    // Defaults beneath every other source of configuration: frameworks log warnings, we log what we do.
    private static void QuietFrameworks(ConfigurationManager configuration) =>
        ((IConfigurationBuilder)configuration).Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft"] = "Warning",
                ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
                ["Logging:LogLevel:System"] = "Warning",
                ["Logging:LogLevel:Npgsql"] = "Warning",
                ["Logging:LogLevel:MassTransit"] = "Warning",
                ["Logging:Console:FormatterName"] = "simple",
                ["Logging:Console:FormatterOptions:SingleLine"] = "true",
                ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
                ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ",
            },
        });

    /// <summary>Takes secrets from the directory that <c>Secrets__Directory</c> names, if it does: each file is the setting of its name, such as <c>EventStore__ConnectionString</c>.</summary>
    public static void AddSecretsByFile(this IConfigurationManager configuration)
    {
        if (configuration["Secrets:Directory"] is { Length: > 0 } directory)
            configuration.AddKeyPerFile(Path.GetFullPath(directory));
    }

    private static void AddStore(WebApplicationBuilder builder, ServiceDescription description)
    {
        builder.Services.AddMartenWriter();
        builder.Services.AddEventStore(builder.Configuration, StoredEvents.In([description.Assembly, .. description.MoreEvents]), description.Projections);
        builder.Services.AddPersonalData(builder.Configuration.GetSection("PersonalData"));
        builder.Services.AddSingleton(services => new Idempotency(services.GetRequiredService<InstallationSecret>()));
        builder.Services.AddSingleton(services => new Commands(services.GetRequiredService<IEventStore>(), services.GetRequiredService<EventStreams>(), services.GetRequiredService<Idempotency>()));
    }

    private static void AddIdentity(WebApplicationBuilder builder, ServiceDescription description)
    {
        builder.Services.AddOptions<IdentityOptions>().Bind(builder.Configuration.GetSection("Identity")).ValidateOnStart();
        builder.Services.AddSingleton(services => new InternalTokens(description.Name, services.GetRequiredService<IOptions<IdentityOptions>>()));
        builder.Services.AddSingleton<IValidateOptions<IdentityOptions>, IdentityOptionsValidator>();
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, ProblemAuthorizationResults>();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddTransient(services => new ServiceCalls(
            services.GetRequiredService<IConfiguration>(), services.GetRequiredService<InternalTokens>(), services.GetRequiredService<IHttpContextAccessor>()));
        builder.Services.AddHttpClient(ServiceCalls.ClientName, client => client.Timeout = TimeSpan.FromSeconds(10)).AddHttpMessageHandler<ServiceCalls>();
        builder.Services.AddAuthorization(CallerPolicies.Add);
        builder.Services.AddAuthentication(InternalAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, InternalAuthentication>(InternalAuthentication.SchemeName, configureOptions: null);
    }
}

/// <summary>Reads the keys once at start, so that a missing one is said then.</summary>
internal sealed class IdentityOptionsValidator : IValidateOptions<IdentityOptions>
{
    public ValidateOptionsResult Validate(string? name, IdentityOptions options)
    {
        try
        {
            InternalKeys.Read(options).Dispose();
            return ValidateOptionsResult.Success;
        }
        catch (OptionsValidationException e)
        {
            return ValidateOptionsResult.Fail(e.Failures);
        }
    }
}
