using Microsoft.AspNetCore.Http;

namespace Integritet.Platform.Hosting;

/// <summary>Who makes a request, as the validated internal token says.</summary>
/// <param name="Issuer">Who vouches: <c>gateway</c>, or the calling service.</param>
/// <param name="Principal">The API key's id, the service's name, or a subject's pseudonym; the actor of events.</param>
public sealed record Caller(string Issuer, string Principal)
{
    /// <summary>Nobody: the caller of a public route.</summary>
    public static Caller Anonymous { get; } = new("", "anonymous");

    /// <summary>The human being behind the credential, where there is one. <em>Another principal</em> means another person.</summary>
    public string? Person { get; init; }

    /// <summary>See <see cref="Hosting.Roles"/>.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Controllers it may act for; <c>*</c> is every one of the installation.</summary>
    public IReadOnlyList<string> Controllers { get; init; } = [];

    /// <summary>Systems it may speak for; <c>*</c> is every one, <c>!name</c> takes one out.</summary>
    public IReadOnlyList<string> Systems { get; init; } = [];

    /// <summary>The subject's pseudonym, for role <c>subject</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>Whether it has a role.</summary>
    public bool Has(string role) => Roles.Contains(role, StringComparer.Ordinal);

    /// <summary>Whether it may act for a controller.</summary>
    public bool MayActFor(string controller) => Allows(Controllers, controller);

    /// <summary>Whether it may speak for a system of record.</summary>
    public bool MaySpeakFor(string system) => Allows(Systems, system);

    /// <summary>Whether it may see or act on a person: a subject only itself, everybody else by role alone.</summary>
    public bool MayConcern(string pseudonym) => !Has(Hosting.Roles.Subject) || string.Equals(Subject, pseudonym, StringComparison.Ordinal);

    private static bool Allows(IReadOnlyList<string> names, string name) =>
        !names.Contains('!' + name, StringComparer.Ordinal)
        && (names.Contains(name, StringComparer.Ordinal) || names.Contains("*", StringComparer.Ordinal));
}

/// <summary>Names of the headers that the gateway and the services exchange; the gateway drops copies that clients send.</summary>
public static class InternalHeaders
{
    /// <summary>Whether the client's connection was encrypted (PA-4, BG-7): <c>true</c> or <c>false</c>.</summary>
    public const string Secure = "Integritet-Secure";

    /// <summary>The conversation; given by the client or made by the gateway.</summary>
    public const string CorrelationId = "X-Correlation-Id";

    /// <summary>Pseudonyms of the subjects an answer is about, comma-joined; recorded and stripped by the gateway.</summary>
    public const string Subjects = "Integritet-Subjects";
}

/// <summary>What an endpoint may ask of its request.</summary>
public static class RequestExtensions
{
    /// <summary>Who calls; <see cref="Caller.Anonymous"/> on public routes.</summary>
    public static Caller Caller(this HttpContext http) => http.Features.Get<Caller>() ?? Hosting.Caller.Anonymous;

    /// <summary>Whether the client reached the gateway over an encrypted channel. Absent is no.</summary>
    public static bool CameSecurely(this HttpContext http) => string.Equals(http.Request.Headers[InternalHeaders.Secure], "true", StringComparison.Ordinal);

    /// <summary>The controller in the route, or tenant <c>installation</c> where the route has none.</summary>
    public static string Controller(this HttpContext http) => http.Request.RouteValues["controller"] as string ?? "installation";

    /// <summary>The conversation's id: the caller's if it is a plain word of at most 128 characters, else this request's.</summary>
    public static string CorrelationId(this HttpContext http)
    {
        var sent = http.Request.Headers[InternalHeaders.CorrelationId].ToString();
        return sent.Length is > 0 and <= 128 && sent.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':') ? sent : http.TraceId();
    }

    /// <summary>The W3C trace id of this request, which problems and logs carry.</summary>
    public static string TraceId(this HttpContext http) => System.Diagnostics.Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;

    /// <summary>Tells the gateway on whose data this request acted, for the access record.</summary>
    public static void NoteSubjects(this HttpContext http, IEnumerable<string> pseudonyms)
    {
        var all = string.Join(',', pseudonyms.Distinct(StringComparer.Ordinal).Take(100));
        if (all.Length > 0)
            http.Response.Headers[InternalHeaders.Subjects] = all;
    }
}
