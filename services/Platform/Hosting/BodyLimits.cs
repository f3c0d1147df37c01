namespace Integritet.Platform.Hosting;

/// <summary>How much a JSON body may hold (clauses.md, Rulings): over it, 413 for the body and 422 for a member.</summary>
public sealed record BodyLimits
{
    /// <summary>The limits of nearly every call.</summary>
    public static BodyLimits Default { get; } = new();

    /// <summary>Bytes of the body.</summary>
    public int MaxBytes { get; init; } = 1024 * 1024;

    /// <summary>UTF-16 code units of any string.</summary>
    public int MaxStringLength { get; init; } = 1024;

    /// <summary>Elements of any array.</summary>
    public int MaxItems { get; init; } = 1000;
}
