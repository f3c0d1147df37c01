using System.Security.Cryptography;
using Integritet.Platform.EventStore;
using Integritet.Platform.PersonalData;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Integritet.Platform.Hosting;

/// <summary>What a service's executable does instead of serving, when its first argument says so. The process then ends with the verb's exit code.</summary>
internal static class Verbs
{
    /// <summary>Runs the verb and ends the process, or returns when there is none.</summary>
    public static void RunIfAny(string[] args, WebApplicationBuilder builder)
    {
        if (args is [var verb, ..] && RunAsync(verb, builder).GetAwaiter().GetResult() is { } exitCode)
            Environment.Exit(exitCode);
    }

    /// <summary>Runs a verb and gives its exit code; null for a word that is none.</summary>
    public static async Task<int?> RunAsync(string verb, WebApplicationBuilder builder)
    {
        try
        {
            return verb switch
            {
                "health" => await HealthAsync(builder),
                "rotate-key-encryption-key" => await RotateAsync(builder),
                _ => null,
            };
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or EventStoreUnavailableException or OptionsValidationException or InvalidOperationException or NpgsqlException or CryptographicException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    // For container health checks, whose images have no curl: asks this machine's own instance whether it is ready.
    private static async Task<int> HealthAsync(WebApplicationBuilder builder)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var response = await client.GetAsync(new Uri(OwnAddress(builder), "/health/ready"));
        await Console.Out.WriteLineAsync(await response.Content.ReadAsStringAsync());
        return response.IsSuccessStatusCode ? 0 : 1;
    }

    private static async Task<int> RotateAsync(WebApplicationBuilder builder)
    {
        await using var services = builder.Services.BuildServiceProvider();
        var rotated = await services.GetRequiredService<DataKeys>().RotateAsync();
        await Console.Out.WriteLineAsync($"{rotated} data keys wrapped anew under the first key-encryption key. Those on other lines can go once every service has done this.");
        return 0;
    }

    internal static Uri OwnAddress(WebApplicationBuilder builder)
    {
        var first = (builder.Configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault()
            ?? $"http://*:{(builder.Configuration["http_ports"] ?? "8080").Split(';')[0]}";
        var address = BindingAddress.Parse(first);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host;
        return new Uri($"{address.Scheme}://{host}:{address.Port}");
    }
}
