using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Consents;

/// <summary>What a person has stated on some purposes, yes or no, before it is checked against the policy.</summary>
public sealed record Statement(Guid ConsentId, string Subject, IReadOnlyList<string> Purposes, string Method, string Language, Evidence? Evidence);

/// <summary>How a caller sends the evidence of a statement.</summary>
public sealed record EvidenceBody(string Reference, DateTimeOffset? NoticeShownAt = null, IReadOnlyDictionary<string, QualityClaim>? Qualities = null)
{
    public Evidence ToEvidence() => new(
        Reference, NoticeShownAt, [.. (Qualities ?? new Dictionary<string, QualityClaim>()).Where(q => q.Value.Evidenced).Select(q => new EvidencedQuality(q.Key, q.Value.Note))]);
}

/// <summary>Whether a quality of consent is evidenced: <c>true</c>, <c>false</c>, or a text that says how it was ensured.</summary>
[JsonConverter(typeof(QualityClaimConverter))]
public readonly record struct QualityClaim(bool Evidenced, string? Note = null);

internal sealed class QualityClaimConverter : JsonConverter<QualityClaim>
{
    public override QualityClaim Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => new QualityClaim(true),
        JsonTokenType.False => new QualityClaim(false),
        JsonTokenType.String when reader.GetString() is { } note => new QualityClaim(!string.IsNullOrWhiteSpace(note), note),
        _ => throw new JsonException("A quality is true, false, or a text that says how it was ensured."),
    };

    public override void Write(Utf8JsonWriter writer, QualityClaim value, JsonSerializerOptions options)
    {
        if (value.Note is { } note)
            writer.WriteStringValue(note);
        else
            writer.WriteBooleanValue(value.Evidenced);
    }
}

/// <summary>What must hold of any statement, whatever it says.</summary>
internal static partial class StatementChecks
{
    // Clocks of calling systems may be a little ahead (clauses.md, Dates).
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public static List<ProblemError> Faults(Statement statement, PolicyVersion policy, DateTimeOffset now)
    {
        var faults = new List<ProblemError>();
        AddPurposeFaults(faults, statement.Purposes, policy);
        if (!Vocabulary.ConsentMethods.Contains(statement.Method, StringComparer.Ordinal))
            faults.Add(new ProblemError($"A method is one of {string.Join(", ", Vocabulary.ConsentMethods)}.", "/method"));
        if (!LanguageTag().IsMatch(statement.Language))
            faults.Add(new ProblemError("A language is a tag such as sv or en-GB (BCP 47).", "/language"));
        if (statement.Evidence is { } evidence)
            AddEvidenceFaults(faults, evidence, now);
        return faults;
    }

    private static void AddPurposeFaults(List<ProblemError> faults, IReadOnlyList<string> purposes, PolicyVersion policy)
    {
        for (var i = 0; i < purposes.Count; i++)
        {
            if (!policy.Document.Purposes.ContainsKey(purposes[i]))
                faults.Add(new ProblemError($"Policy version {policy.Version} has no such purpose.", $"/purposes/{i}"));
            else if (purposes.Take(i).Contains(purposes[i], StringComparer.Ordinal))
                faults.Add(new ProblemError("This purpose is named twice.", $"/purposes/{i}"));
        }
    }

    private static void AddEvidenceFaults(List<ProblemError> faults, Evidence evidence, DateTimeOffset now)
    {
        if (evidence.Reference is { } reference && string.IsNullOrWhiteSpace(reference))
            faults.Add(new ProblemError("The reference says where the evidence is kept.", "/evidence/reference"));
        if (evidence.NoticeShownAt > now + ClockTolerance)
            faults.Add(new ProblemError("The notice cannot have been shown in the future.", "/evidence/noticeShownAt"));
        foreach (var quality in evidence.Qualities.Where(q => !Vocabulary.ConsentQualities.Contains(q.Quality, StringComparer.Ordinal)))
            faults.Add(new ProblemError($"A quality is one of {string.Join(", ", Vocabulary.ConsentQualities)}.", $"/evidence/qualities/{quality.Quality.Replace("~", "~0").Replace("/", "~1")}"));
    }

    [GeneratedRegex("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LanguageTag();
}
