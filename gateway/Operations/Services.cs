using System.Net;
using System.Text.Json;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Operations;

/// <summary>What a service answered to the gateway itself. No status: it was away.</summary>
public sealed record ServiceAnswer(HttpStatusCode? Status, JsonElement? Body);

/// <summary>The services of this installation, as an operator's questions reach them: every one in <c>Services__name</c>, with the gateway's own token.</summary>
public sealed class Services(IConfiguration configuration, IHttpClientFactory clients)
{
    /// <summary>Their names, in order.</summary>
    public IReadOnlyList<string> Names { get; } = [.. configuration.GetSection("Services").GetChildren().Select(child => child.Key).Order(StringComparer.Ordinal)];

    /// <summary>Asks one service, and takes its being away for an answer.</summary>
    public async Task<ServiceAnswer> AskAsync(string service, HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(ServiceCalls.ClientName);
        using var request = new HttpRequestMessage(method, $"http://{service}{path}");
        if (body is not null)
            request.Content = JsonContent.Create(body, options: JsonSerializerOptions.Web);
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
            return new(response.StatusCode, await ReadAsync(content, cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new(null, null);
        }
    }

    private static async Task<JsonElement?> ReadAsync(Stream content, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(content, cancellationToken: cancellationToken);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Not every answer has a document.
            return null;
        }
    }
}
