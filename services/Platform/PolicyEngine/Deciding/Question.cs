namespace Integritet.Platform.PolicyEngine;

/// <summary>A question made ready for one compiled policy: every name is known and has become an id. Made by <see cref="CompiledPolicy.TryResolve"/>.</summary>
public sealed class Question
{
    internal Question(Asked asked, int[] categories) => (Asked, Categories) = (asked, categories);

    /// <summary>The question as asked.</summary>
    public Asked Asked { get; }

    internal int[] Categories { get; }

    internal System.Collections.Immutable.ImmutableArray<string> AllCategories { get; init; } = [];

    internal int Purpose { get; init; }

    internal int Source { get; init; }

    internal int Actor { get; init; }

    internal int Recipient { get; init; }

    internal int Country { get; init; }

    internal int Destination { get; init; }

    internal IdSet NetworkAllows { get; init; }

    internal const int None = -1;
    internal const int NotListed = -2;
}
