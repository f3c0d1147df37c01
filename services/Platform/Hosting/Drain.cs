using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Integritet.Platform.Hosting;

/// <summary>Configuration section <c>Drain</c>.</summary>
public sealed class DrainOptions
{
    /// <summary>How long the service goes on accepting after it was told to stop, in seconds: as long as those who route to it need to see that it is not ready.</summary>
    public int DelaySeconds { get; set; }

    /// <summary>How long requests under way may take to finish after that, in seconds.</summary>
    public int TimeoutSeconds { get; set; } = 20;
}

/// <summary>Stops gracefully: not ready at once, accepting for the delay, then no new connections while what is under way finishes, then the end.</summary>
internal sealed class Drain(IOptions<DrainOptions> options) : IHostedLifecycleService
{
    public static void Add(IServiceCollection services)
    {
        services.AddOptions<DrainOptions>().BindConfiguration("Drain")
            .Validate(o => o.DelaySeconds is >= 0 and <= 300 && o.TimeoutSeconds is >= 1 and <= 300, "Drain__DelaySeconds is 0 to 300 and Drain__TimeoutSeconds 1 to 300.").ValidateOnStart();
        services.AddOptions<HostOptions>().Configure<IOptions<DrainOptions>>((host, drain) =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(drain.Value.DelaySeconds + drain.Value.TimeoutSeconds));
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
    }

    /// <summary>Whether the service has been told to stop.</summary>
    public bool HasBegun { get; private set; }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        return options.Value.DelaySeconds == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromSeconds(options.Value.DelaySeconds), TimeProvider.System, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
