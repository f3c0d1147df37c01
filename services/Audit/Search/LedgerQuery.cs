using System.Globalization;
using Integritet.Platform.Hosting;
using Microsoft.OpenApi;

namespace Integritet.Audit.Search;

/// <summary>
/// Reads the query of a search. A parameter that is unknown, given twice or not understood is an error: an auditor must not take a search with a filter less for the one meant.
/// </summary>
public static class LedgerQuery
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 500;
    private const int MaxTextLength = 300;

    /// <summary>The question in <paramref name="query"/>, of which only the parameters <paramref name="allowed"/>, <c>limit</c> and <c>after</c> are taken. Throws <see cref="ProblemException"/> (400).</summary>
    public static LedgerQuestion Read(string controller, IQueryCollection query, params IReadOnlyList<string> allowed)
    {
        var faults = new List<ProblemError>();
        foreach (var name in query.Keys.Where(k => !allowed.Contains(k, StringComparer.Ordinal) && k is not ("limit" or "after")))
            faults.Add(new("This call has no such parameter.", "#query/" + name));
        var reader = new Reader(query, faults);
        var after = query.Number("after", 0, long.MaxValue - 1, -1, "The cursor that a page gave as 'next'.", faults);
        var limit = (int)query.Number("limit", 1, MaxLimit, DefaultLimit, $"A number from 1 to {MaxLimit}.", faults);
        var question = new LedgerQuestion(controller, after, limit)
        {
            From = reader.Instant("from"), To = reader.Instant("to"),
            Service = reader.Text("service"), Type = reader.Text("type"), Stream = reader.Text("stream"), Actor = reader.Text("actor") ?? reader.Text("principal"),
        };
        return faults.Count == 0 ? question : throw new ProblemException(Problems.Malformed("The query is malformed.", [.. faults]));
    }

    /// <summary>Says in the API's description what <see cref="Read"/> takes.</summary>
    public static TBuilder TakesQuery<TBuilder>(this TBuilder endpoint, params IReadOnlyList<string> allowed)
        where TBuilder : IEndpointConventionBuilder => endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            foreach (var name in allowed.Concat(["limit", "after"]))
                operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Schema = SchemaOf(name) });
            return Task.CompletedTask;
        });

    private static OpenApiSchema SchemaOf(string name) => name switch
    {
        "limit" => new() { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = MaxLimit.ToString(CultureInfo.InvariantCulture), Default = DefaultLimit },
        "from" or "to" => new() { Type = JsonSchemaType.String, Format = "date-time" },
        _ => new() { Type = JsonSchemaType.String, MaxLength = MaxTextLength },
    };

    private sealed class Reader(IQueryCollection query, List<ProblemError> faults)
    {
        public string? Text(string name)
        {
            if (!query.TryGetValue(name, out var values))
                return null;
            if (values is [{ Length: > 0 and <= MaxTextLength } text] && !text.Any(char.IsControl))
                return text;
            return Fault<string>(name, $"One text of 1 to {MaxTextLength} characters.");
        }

        public DateTimeOffset? Instant(string name)
        {
            if (!query.TryGetValue(name, out var values))
                return null;
            // RFC 3339: DateTimeOffset alone would take an instant without an offset, in the machine's zone.
            if (values is [{ Length: <= 40 } text] && text.Contains('T', StringComparison.Ordinal)
                && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var local) && local.Kind != DateTimeKind.Unspecified
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var instant))
            {
                return instant.ToUniversalTime();
            }
            Fault<string>(name, "One instant as in RFC 3339, with Z or an offset: 2026-11-02T10:00:00Z (in a URL, + is written %2B).");
            return null;
        }

        private T? Fault<T>(string name, string detail)
        {
            faults.Add(new(detail, "#query/" + name));
            return default;
        }
    }
}
