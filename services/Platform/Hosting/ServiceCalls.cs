using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Integritet.Platform.Hosting;

/// <summary>
/// The HTTP client named <c>services</c>: a request to <c>http://consent/…</c> goes to the address in <c>Services__consent</c>, with this service's token and the correlation id of the
/// request it serves.
/// </summary>
public sealed class ServiceCalls : DelegatingHandler
{
    /// <summary>The name to ask <see cref="IHttpClientFactory"/> for.</summary>
    public const string ClientName = "services";

    private readonly IConfiguration _configuration;
    private readonly InternalTokens _tokens;
    private readonly IHttpContextAccessor _http;

    internal ServiceCalls(IConfiguration configuration, InternalTokens tokens, IHttpContextAccessor http) => (_configuration, _tokens, _http) = (configuration, tokens, http);

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri ?? throw new InvalidOperationException("A call to a service names it: http://consent/internal/…");
        var address = _configuration[$"Services:{uri.Host}"] ?? throw new InvalidOperationException($"Services__{uri.Host} is not set: give the base address of service '{uri.Host}'.");
        request.RequestUri = new Uri(new Uri(address), uri.PathAndQuery);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens.ForThisService());
        if (_http.HttpContext is { } serving)
            request.Headers.TryAddWithoutValidation(InternalHeaders.CorrelationId, serving.CorrelationId());
        return base.SendAsync(request, cancellationToken);
    }
}
