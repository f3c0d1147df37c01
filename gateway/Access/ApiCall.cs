using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Access;

/// <summary>What the gateway knows of one request while it lasts.</summary>
public sealed class ApiCall(DateTimeOffset receivedAt, string method, string correlationId, bool secure)
{
    /// <summary>Tenant of what concerns no controller, or none that exists.</summary>
    public const string Installation = "installation";

    public DateTimeOffset ReceivedAt { get; } = receivedAt;

    public string Method { get; } = method;

    public string CorrelationId { get; } = correlationId;

    public bool Secure { get; } = secure;

    /// <summary>Null for a path under <c>/v1</c> that is no route.</summary>
    public RouteAccess? Access { get; set; }

    /// <summary>Null until the caller is known.</summary>
    public Credential? Credential { get; set; }

    /// <summary>The controller in the path, once it is known to exist.</summary>
    public string? Controller { get; set; }

    /// <summary>Whether it needs a record before it is answered.</summary>
    public bool IsPersonal { get; set; }

    /// <summary>Whether its record has been written, or tried to be: once is enough, either way.</summary>
    public bool RecordTried { get; set; }

    /// <summary>What is answered in the place of a service's answer, which was withheld.</summary>
    public Problem? Withheld { get; set; }
}

public static class ApiCallExtensions
{
    /// <summary>The call that a request is. Only requests that <see cref="ApiCalls"/> lets through are one.</summary>
    public static ApiCall ApiCall(this HttpContext http) => http.Features.Get<ApiCall>() ?? throw new InvalidOperationException("This request is no API call.");

    /// <summary>Who calls one of the gateway's own endpoints.</summary>
    public static Credential Credential(this HttpContext http) =>
        http.ApiCall().Credential ?? throw new ProblemException(Problems.Unauthorized());
}
