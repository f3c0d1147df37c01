using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Integritet.Platform.Hosting;
using Integritet.Platform.PolicyEngine;
using Microsoft.Net.Http.Headers;

namespace Integritet.Policy.Versions;

/// <summary>A policy document as it came in a request: read and understood.</summary>
public sealed record HandedInDocument(string Text, PolicyDocument Policy)
{
    private static readonly string[] YamlTypes = ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"];

    /// <summary>Reads the body; what is wrong with it is thrown as a problem: 415, 413, 400 for what is no text or no JSON, 422 for what is no policy of this controller.</summary>
    public static async Task<HandedInDocument> ReadAsync(HttpContext http)
    {
        var isJson = RequireMediaType(http.Request);
        var bytes = await http.ReadRawBodyAsync(PolicyParser.MaxBytes);
        if (!Utf8.IsValid(bytes.Span))
            throw new ProblemException(Problems.Malformed("The body is not UTF-8 text."));
        if (isJson && !PolicyParser.IsJson(bytes.Span))
            throw new ProblemException(Problems.Malformed("The body is not a JSON object."));
        switch (PolicyParser.Parse(bytes))
        {
            case PolicyParseResult.Parsed { Document: var policy } when string.Equals(policy.Controller.Id, http.Controller(), StringComparison.Ordinal):
                return new HandedInDocument(Encoding.UTF8.GetString(bytes.Span), policy);
            case PolicyParseResult.Parsed:
                throw new ProblemException(Problems.Unprocessable("The policy is another controller's.", new ProblemError("The id is not the one in the path.", "/controller/id")));
            case PolicyParseResult.Faulty { Readable: false } faulty when isJson:
                throw new ProblemException(Problems.Malformed("The body is not what this call takes.", [.. faulty.Problems.Select(Error)]));
            case PolicyParseResult.Faulty faulty:
                throw new ProblemException(NotAPolicy(faulty.Problems));
            case var other:
                throw new InvalidOperationException($"{other.GetType()} is no outcome of parsing.");
        }
    }

    /// <summary>422 with line, column and pointer of each problem.</summary>
    public static Problem NotAPolicy(IEnumerable<PolicyProblem> problems) => Problems.Unprocessable(
        "The document is not a policy that can be published.",
        [.. problems.Select(Error)]);

    private static ProblemError Error(PolicyProblem problem) =>
        new(string.Create(CultureInfo.InvariantCulture, $"line {problem.Line}, column {problem.Column}: {problem.Message}"), problem.Pointer);

    private static bool RequireMediaType(HttpRequest request)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            if (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
                return true;
            if (YamlTypes.Any(yaml => type.MediaType.Equals(yaml, StringComparison.OrdinalIgnoreCase)))
                return false;
        }
        throw new ProblemException(Problems.UnsupportedMediaType("This call takes application/yaml or application/json in UTF-8."));
    }
}
