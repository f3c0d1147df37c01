#if USE_MARTEN
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
#endif
using Microsoft.Extensions.DependencyInjection;

namespace Integritet.Platform.EventStore.Marten;

/// <summary>Makes the Marten writer choosable with <c>EventStore:Writer=Marten</c>, in a build that has the package (<c>-p:UseMarten=true</c>).</summary>
public static class MartenSetup
{
    /// <summary>Registers the writer named <c>Marten</c>; in a build without the package it registers nothing, and choosing it fails at start with a message that says so.</summary>
    public static IServiceCollection AddMartenWriter(this IServiceCollection services)
    {
#if USE_MARTEN
        services.AddSingleton(provider => new MartenAppends(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddEventStoreWriter(new EventStoreWriter("Marten", provider => new PostgresEventStore(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<IOptions<EventStoreOptions>>().Value, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<MartenAppends>().InsertAsync, maxAppends: 1))
        {
            PrepareDatabase = (provider, cancellationToken) => provider.GetRequiredService<MartenAppends>().PrepareAsync(cancellationToken),
        });
#endif
        return services;
    }
}
