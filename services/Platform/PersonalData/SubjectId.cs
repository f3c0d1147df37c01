using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Integritet.Platform.PersonalData;

/// <summary>The kinds of identifier a data subject is named by (api.md).</summary>
public enum SubjectType
{
    /// <summary>An e-mail address.</summary>
    Email,

    /// <summary>The controller's number for a customer.</summary>
    CustomerNumber,

    /// <summary>A telephone number, E.164.</summary>
    Phone,

    /// <summary>An account at the controller.</summary>
    Account,
}

/// <summary>What is wrong with an identifier. Never repeats the value.</summary>
/// <param name="Member"><c>type</c> or <c>value</c>.</param>
/// <param name="Detail">A sentence for the caller.</param>
public sealed record SubjectProblem(string Member, string Detail);

/// <summary>
/// One identifier of a data subject in its normal form (clauses.md, Normalisation), so that two spellings of one identifier are equal and get one pseudonym.
/// Its text is personal data: <see cref="ToString"/> shows the type alone.
/// </summary>
public sealed record SubjectId
{
    /// <summary>
    /// Version of the normal forms below. They must never change under a version: a pseudonym is made of them. A new version needs links from old pseudonyms to new ones.
    /// </summary>
    public const int NormalisationVersion = 1;

    private const int MaxLength = 320;

    private SubjectId(SubjectType type, string value) => (Type, Value) = (type, value);

    /// <summary>The kind of identifier.</summary>
    public SubjectType Type { get; }

    /// <summary>The identifier in its normal form.</summary>
    public string Value { get; }

    /// <summary>The wire name of a type: <c>email</c>, <c>customer-number</c>, <c>phone</c>, <c>account</c>.</summary>
    public static string NameOf(SubjectType type) => type switch
    {
        SubjectType.Email => "email",
        SubjectType.CustomerNumber => "customer-number",
        SubjectType.Phone => "phone",
        SubjectType.Account => "account",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Reads and normalises an identifier; on failure <paramref name="problem"/> says what is wrong.</summary>
    public static bool TryParse(string? type, string? value, [NotNullWhen(true)] out SubjectId? subject, [NotNullWhen(false)] out SubjectProblem? problem)
    {
        subject = null;
        if (!TryParseType(type, out var parsed))
        {
            problem = new SubjectProblem("type", "The type of a subject is one of email, customer-number, phone and account.");
            return false;
        }

        if (!TryPrepare(value, out var prepared, out problem))
            return false;

        var normal = parsed switch
        {
            SubjectType.Email => NormalEmail(prepared),
            SubjectType.Phone => NormalPhone(prepared),
            _ => prepared.ToUpperInvariant(),
        };
        if (normal is null)
        {
            problem = new SubjectProblem("value", parsed == SubjectType.Email
                ? "This is not an e-mail address."
                : "A phone number is written in international form: + or 00, country code and number, 7 to 15 digits in all.");
            return false;
        }

        subject = new SubjectId(parsed, normal);
        return true;
    }

    /// <summary>The type alone: the value does not belong in a log.</summary>
    public override string ToString() => NameOf(Type);

    private static bool TryParseType(string? name, out SubjectType type)
    {
        foreach (var candidate in Enum.GetValues<SubjectType>())
        {
            type = candidate;
            if (NameOf(candidate) == name)
                return true;
        }

        type = default;
        return false;
    }

    // Canonical composition first, so that a decomposed spelling is the same identifier. Lone surrogates, on which it throws, are enumerated as U+FFFD.
    private static bool TryPrepare(string? value, [NotNullWhen(true)] out string? prepared, [NotNullWhen(false)] out SubjectProblem? problem)
    {
        prepared = null;
        problem = null;
        if (string.IsNullOrWhiteSpace(value))
            problem = new SubjectProblem("value", "The value of a subject is missing or empty.");
        else if (value.Length > MaxLength)
            problem = new SubjectProblem("value", $"The value of a subject has at most {MaxLength} characters.");
        else if (value.EnumerateRunes().Any(r => Rune.IsControl(r) || r == Rune.ReplacementChar))
            problem = new SubjectProblem("value", "The value of a subject has no control characters and is well-formed Unicode.");
        else
            prepared = value.Trim().Normalize(NormalizationForm.FormC);
        return prepared is not null;
    }

    private static string? NormalEmail(string value)
    {
        var at = value.LastIndexOf('@');
        if (at is < 1 or > 64 || at == value.Length - 1)
            return null;
        var local = value[..at].ToLowerInvariant();
        if (local.Any(c => char.IsWhiteSpace(c) || c is '@' or '<' or '>' or '"' or ',' or ';' or '(' or ')' or '[' or ']' or '\\' or ':'))
            return null;
        return AsciiDomain(value[(at + 1)..].ToLowerInvariant()) is { } domain ? $"{local}@{domain}" : null;
    }

    private static string? AsciiDomain(string domain)
    {
        try
        {
            var ascii = new IdnMapping { UseStd3AsciiRules = true }.GetAscii(domain).ToLowerInvariant();
            return ascii.EndsWith('.') || ascii.Length > 253 ? null : ascii;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    // "+46 (0)70-123 45 67" and "0046701234567" are "+46701234567".
    private static string? NormalPhone(string value)
    {
        var digits = new StringBuilder(16);
        var compact = value.Replace("(0)", "", StringComparison.Ordinal);
        if (compact.StartsWith('+'))
            compact = compact[1..];
        else if (compact.StartsWith("00", StringComparison.Ordinal))
            compact = compact[2..];
        else
            return null;
        foreach (var c in compact)
        {
            if (char.IsAsciiDigit(c))
                digits.Append(c);
            else if (c is not (' ' or '\u00A0' or '-' or '.' or '/' or '(' or ')'))
                return null;
        }

        return digits.Length is >= 7 and <= 15 && digits[0] != '0' ? $"+{digits}" : null;
    }
}
