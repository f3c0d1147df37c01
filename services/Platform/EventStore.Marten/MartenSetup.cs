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
        services.AddEventStoreWriter(new EventStoreWriter("Marten", provider =>
        {
            var options = provider.GetRequiredService<IOptions<EventStoreOptions>>().Value;
            var time = provider.GetRequiredService<TimeProvider>();
            return new PostgresEventStore(
                provider.GetRequiredService<NpgsqlDataSource>(), options, time, provider.GetRequiredService<ILoggerFactory>(), onCommitted => new MartenWriter(options, time, onCommitted));
        }));
#endif
        return services;
    }
}
