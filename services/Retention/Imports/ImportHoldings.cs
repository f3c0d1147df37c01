using System.Globalization;
using System.Text.RegularExpressions;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Retention.Systems;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Integritet.Retention.Imports;

/// <summary>
/// A system of record hands over many holdings, a JSON line for each, as many as it likes. Good lines are stored though others are bad. One that was interrupted goes on with the same importId; sent from the
/// beginning again, what is stored already changes nothing.
/// </summary>
public static partial class ImportHoldings
{
    private const int MaxAtOnce = 4;
    private const int MaxProblems = 1_000;
    private const long MaxLine = 999_999_999_999;
    private const string MediaType = "application/x-ndjson";
    private static readonly SemaphoreSlim Places = new(MaxAtOnce, MaxAtOnce);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/holdings/import", HandleAsync).RequireRoles(Roles.System).WithName("importHoldings").WithSummary("Registers many holdings, one JSON line each; good lines are stored though others are bad.");

    /// <summary>The answer of api.md. An import that is sent again from the beginning counts what was stored before among the accepted.</summary>
    public sealed record Answer(string ImportId, long Accepted, long Rejected, long LastLine, IReadOnlyList<LineProblem> Problems);

    private static async Task<IResult> HandleAsync(HttpContext http, HoldingImporter importer, PolicyVersions policies, SystemRegister systems, Pseudonyms pseudonyms, TimeProvider clock)
    {
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase))
            return Problems.UnsupportedMediaType($"This call takes {MediaType} in UTF-8.");
        var command = http.Command();
        var faults = new List<ProblemError>();
        var importId = ImportId(http, faults);
        var fromLine = http.Request.Query.Number("fromLine", 1, MaxLine, 1, "The number of the body's first line, from 1.", faults);
        if (faults.Count > 0)
            return Problems.Unprocessable("The import cannot begin.", [.. faults]);
        if (policies.InForce(command.Controller, clock.GetUtcNow()) is not { } policy)
            return PolicyVersions.NoSuchController();
        if (!await Places.WaitAsync(TimeSpan.Zero, http.RequestAborted))
            return Problems.TooManyRequests(5, $"At most {MaxAtOnce} imports run at a time.");
        try
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = null;
            var parser = new LineParser(command.Controller, command.Caller, policy, systems, pseudonyms, clock);
            var import = new RunningImport(importer, parser, command, importId, policy, fromLine, MaxProblems);
            var broken = await import.RunAsync(new LineReader(http.Request.BodyReader, fromLine));
            return broken is null ? Results.Json(import.Answer, JsonText.Options) : BrokenOff(import.Answer.LastLine);
        }
        finally
        {
            Places.Release();
        }
    }

    private static Problem BrokenOff(long lastLine) => Problems.Malformed(
        "The body broke off.",
        new ProblemError(string.Create(CultureInfo.InvariantCulture, $"What is good up to line {lastLine} is stored: send the rest from line {lastLine + 1}."), "#query/fromLine"));

    private static string ImportId(HttpContext http, List<ProblemError> faults)
    {
        if (!http.Request.Query.TryGetValue("importId", out var text))
            return Guid.CreateVersion7().ToString();
        if (!ImportName().IsMatch(text.ToString()))
            faults.Add(new ProblemError("An import's name has 1 to 100 letters, digits, dots, hyphens and underscores.", "#query/importId"));
        return text.ToString();
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    internal static partial Regex ImportName();
}
