using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Integritet.Platform.Hosting;
using Integritet.Policy.Versions;
using Microsoft.Extensions.Options;

namespace Integritet.Policy.Simulations;

/// <summary>Settings <c>Policy__Deciders__0</c> …: the services that decide by policies and try drafts on what they decided. One that is not deployed is not listed.</summary>
public sealed class DecidersOptions
{
    /// <summary>Names of services; none set: Consent alone.</summary>
    public IList<string> Deciders { get; } = [];
}

/// <summary>What a service found, or why it cannot be had.</summary>
public sealed record DeciderResult(string Decider, Found Found, Problem? Problem = null);

/// <summary>Asks every service that decides to try a version on its own recorded decisions.</summary>
public sealed partial class Deciders(IHttpClientFactory clients, IOptions<DecidersOptions> options, ILogger<Deciders> logger)
{
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(28);
    private static readonly Found Nothing = new(0, 0, 0, 0, [], Truncated: false, []);

    private readonly IReadOnlyList<string> _names = options.Value.Deciders.Count == 0 ? ["consent"] : [.. options.Value.Deciders];

    /// <summary>The result of each, in the order they are configured in.</summary>
    public Task<DeciderResult[]> SimulateAsync(string controller, PolicyVersion version, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel) =>
        Task.WhenAll(_names.Select(name => SimulateAsync(name, controller, version, from, to, cancel)));

    private async Task<DeciderResult> SimulateAsync(string decider, string controller, PolicyVersion version, DateTimeOffset from, DateTimeOffset to, CancellationToken cancel)
    {
        using var client = clients.CreateClient(ServiceCalls.ClientName);
        client.Timeout = LongestAnswer;
        var question = string.Create(
            CultureInfo.InvariantCulture,
            $"http://{decider}/internal/simulations?controller={controller}&hash={version.Hash}&from={from.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'}&to={to.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'}");
        using var document = new ByteArrayContent(Encoding.UTF8.GetBytes(version.Document)) { Headers = { ContentType = new MediaTypeHeaderValue("application/yaml") } };
        try
        {
            using var response = await client.PostAsync(new Uri(question), document, cancel);
            if (response.IsSuccessStatusCode)
                return new DeciderResult(decider, (await response.Content.ReadFromJsonAsync<Found>(JsonText.Options, cancel))!);
            Refused(decider, (int)response.StatusCode);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            Away(e, decider);
        }
        return new DeciderResult(decider, Nothing, Problems.Unavailable($"The decisions of the service '{decider}' cannot be replayed just now.", retryAfterSeconds: 10));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Decider} answered {Status} when it was asked to try a policy on its decisions")]
    private partial void Refused(string decider, int status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Decider} could not be asked to try a policy on its decisions")]
    private partial void Away(Exception exception, string decider);
}
