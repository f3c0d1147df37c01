using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using NodaTime;

namespace Integritet.Policy.Notice;

/// <summary>The words of one language. Every language has the same keys; a policy's own labels and clauses come from the policy.</summary>
public sealed class Phrases
{
    private static readonly FrozenDictionary<string, Phrases> ByLanguage = new[] { "en", "sv", "nb", "bg" }.ToFrozenDictionary(language => language, Read, StringComparer.Ordinal);

    private readonly FrozenDictionary<string, string> _texts;

    private Phrases(string language, Dictionary<string, string> texts) => (Language, Culture, _texts) = (language, CultureInfo.GetCultureInfo(language), texts.ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>ISO 639-1.</summary>
    public string Language { get; }

    public CultureInfo Culture { get; }

    public IEnumerable<string> Keys => _texts.Keys;

    public static Phrases In(string language) => ByLanguage[language];

    /// <summary>A phrase by its key; throws for a key that is not there, which a test would have met.</summary>
    public string this[string key] => _texts[key];

    public string With(string key, params object[] values) => string.Format(Culture, _texts[key], values);

    /// <summary>A phrase whose key may not be there (a country, its authority).</summary>
    public string? Find(string key) => _texts.GetValueOrDefault(key);

    /// <summary>"a, b and c".</summary>
    public string List(IEnumerable<string> items, string last = "and")
    {
        var all = items.Distinct(StringComparer.Ordinal).ToArray();
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} {_texts[last]} {all[^1]}";
    }

    /// <summary>"28 days", "1 month".</summary>
    public string Period(Period period) => List(
        from part in new[] { ("years", period.Years), ("months", period.Months), ("weeks", period.Weeks), ("days", period.Days), ("hours", (int)period.Hours) }
        where part.Item2 > 0
        select string.Format(Culture, _texts["period." + part.Item1].Split('|')[part.Item2 == 1 ? 0 : 1], part.Item2));

    public string Date(DateTimeOffset instant, DateTimeZone zone) => Instant.FromDateTimeOffset(instant).InZone(zone).Date.ToString("D", Culture);

    private static Phrases Read(string language)
    {
        using var stream = typeof(Phrases).Assembly.GetManifestResourceStream(language + ".json") ?? throw new InvalidOperationException($"The phrases of '{language}' are not in the assembly.");
        return new Phrases(language, JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!);
    }
}
