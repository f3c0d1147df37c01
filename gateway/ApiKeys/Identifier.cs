namespace Integritet.Gateway.ApiKeys;

/// <summary>Ids of controllers and systems: lower-case letters, digits and inner hyphens, at most 63 (a DNS label, RFC 1123).</summary>
public static class Identifier
{
    public const int MaxLength = 63;

    public static bool IsValid(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLength || text[0] == '-' || text[^1] == '-')
            return false;
        foreach (var c in text)
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
                return false;
        return true;
    }
}
