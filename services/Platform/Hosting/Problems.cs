using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Integritet.Platform.Hosting;

/// <summary>One fault in a request.</summary>
/// <param name="Detail">A sentence for the caller; never repeats a value sent.</param>
/// <param name="Pointer">JSON pointer (RFC 6901) into the body, or <c>#header/Name</c>, <c>#query/name</c>, <c>#path/name</c>.</param>
/// <param name="Code">Stable reason code (clauses.md, Vocabulary).</param>
/// <param name="Rule">The clause that decided.</param>
public sealed record ProblemError(
    string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pointer = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Rule = null);

/// <summary>A problem document (RFC 9457) with a type <c>urn:integritet:problem:*</c>, as the answer to a request. Made by <see cref="Problems"/>.</summary>
/// <param name="Kind">The last part of the type; stable.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">What kind of problem it is.</param>
/// <param name="Detail">What is wrong this time.</param>
/// <param name="Errors">Each fault, where there are several or they have a place.</param>
public sealed record Problem(string Kind, int Status, string Title, string? Detail, IReadOnlyList<ProblemError> Errors) : IResult, IStatusCodeHttpResult
{
    /// <summary>Seconds after which to try again; header <c>Retry-After</c>.</summary>
    public int? RetryAfterSeconds { get; init; }

    int? IStatusCodeHttpResult.StatusCode => Status;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (Status == StatusCodes.Status401Unauthorized && !response.Headers.ContainsKey(HeaderNames.WWWAuthenticate))
            response.Headers.WWWAuthenticate = "Bearer";
        // The rest of the body is not read: without this the client would send its next request on a connection that is about to be closed.
        if (Status == StatusCodes.Status413PayloadTooLarge && httpContext.Request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal))
            response.Headers.Connection = "close";
        response.ContentType = "application/problem+json";
        var document = new ProblemDocument(
            "urn:integritet:problem:" + Kind, Title, Status, Detail, httpContext.Request.Path, httpContext.TraceId(), Errors.Count == 0 ? null : Errors);
        var body = JsonSerializer.SerializeToUtf8Bytes(document, ProblemJson.Default.ProblemDocument);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method))
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

/// <summary>The wire form of a problem.</summary>
internal sealed record ProblemDocument(
    string Type, string Title, int Status, string? Detail, string Instance, string TraceId, IReadOnlyList<ProblemError>? Errors);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ProblemJson : JsonSerializerContext;

/// <summary>Thrown where a request is read, before there is anything to decide; the host answers with the problem.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail ?? problem.Title)
{
    /// <summary>The answer.</summary>
    public Problem Problem { get; } = problem;
}

/// <summary>The problems there are (api.md). Types, titles and statuses are stable; details are for people.</summary>
public static class Problems
{
    /// <summary>400: not the JSON, or not the members, that the call takes.</summary>
    public static Problem Malformed(string? detail, params ProblemError[] errors) => new("malformed", 400, "The request is malformed.", detail, errors);

    /// <summary>401: no credential, or not a good one.</summary>
    public static Problem Unauthorized(string? detail = null) => new("unauthorized", 401, "A valid credential is needed.", detail, []);

    /// <summary>403: the credential does not reach that far.</summary>
    public static Problem Forbidden(string? detail = null, params ProblemError[] errors) => new("forbidden", 403, "The credential does not permit this.", detail, errors);

    /// <summary>404: no such thing for this controller.</summary>
    public static Problem NotFound(string? detail = null) => new("not-found", 404, "There is no such resource.", detail, []);

    /// <summary>405: the resource has no such method.</summary>
    public static Problem MethodNotAllowed(string? detail = null) => new("method-not-allowed", 405, "The resource does not have this method.", detail, []);

    /// <summary>409: not in this state.</summary>
    public static Problem Conflict(string? detail, params ProblemError[] errors) => new("conflict", 409, "The resource is in another state.", detail, errors);

    /// <summary>412: the resource has changed since the version in <c>If-Match</c>.</summary>
    public static Problem PreconditionFailed(string? detail = null) => new("precondition-failed", 412, "The resource has changed.", detail, []);

    /// <summary>413: the body is over the limit.</summary>
    public static Problem TooLarge(string? detail = null) => new("too-large", 413, "The request body is too large.", detail, []);

    /// <summary>415: not a media type this call takes.</summary>
    public static Problem UnsupportedMediaType(string? detail = null) => new("unsupported-media-type", 415, "The media type is not supported.", detail, []);

    /// <summary>422: well formed, but content or a rule forbids it.</summary>
    public static Problem Unprocessable(string? detail, params ProblemError[] errors) => new("unprocessable", 422, "The request cannot be processed.", detail, errors);

    /// <summary>428: <c>If-Match</c> is required here.</summary>
    public static Problem PreconditionRequired(string? detail = null) => new("precondition-required", 428, "If-Match is required.", detail, []);

    /// <summary>429: slow down.</summary>
    public static Problem TooManyRequests(int retryAfterSeconds, string? detail = null) =>
        new("too-many-requests", 429, "Too many requests.", detail, []) { RetryAfterSeconds = retryAfterSeconds };

    /// <summary>500: our fault; the log has the trace id.</summary>
    public static Problem Unexpected() => new("unexpected", 500, "Something went wrong on our side.", "Give the trace id when you report this.", []);

    /// <summary>503: something this call needs is away for the moment.</summary>
    public static Problem Unavailable(string? detail, int retryAfterSeconds = 2) =>
        new("unavailable", 503, "The service cannot answer just now.", detail, []) { RetryAfterSeconds = retryAfterSeconds };
}
