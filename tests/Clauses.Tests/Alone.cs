namespace Integritet.Clauses.Tests;

/// <summary>Tests that move the installation's clock or run what is due by its plan: nothing else may be going on there.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
