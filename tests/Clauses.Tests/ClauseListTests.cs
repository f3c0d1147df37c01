using System.Reflection;

namespace Integritet.Clauses.Tests;

public sealed class ClauseListTests
{
    private static readonly (string Method, ClauseAttribute Clause)[] Accepted =
    [
        .. from type in typeof(ClauseListTests).Assembly.GetTypes()
           from method in type.GetMethods()
           from clause in method.GetCustomAttributes<ClauseAttribute>()
           select (method.Name, clause),
    ];

    [Fact]
    public void Every_acceptance_test_is_about_a_clause_there_is_and_says_so_in_its_name() => Assert.All(Accepted, accepted =>
    {
        Assert.Contains(accepted.Clause.Id, Clauses.All);
        Assert.StartsWith(accepted.Clause.Id.Replace('-', '_'), accepted.Method, StringComparison.Ordinal);
    });

    /// <summary>Prints the clauses without an acceptance test that covers them whole. In a run without failures all others are accepted.</summary>
    [Fact]
    public void Clauses_without_an_acceptance_test_are_listed()
    {
        var whole = Accepted.Where(a => a.Clause.Part is null).Select(a => a.Clause.Id).ToHashSet(StringComparer.Ordinal);
        var owed = Clauses.All.Where(c => !whole.Contains(c)).ToArray();
        var lines = owed.Select(id => Accepted.Where(a => a.Clause.Id == id).Select(a => a.Clause.Part!).Distinct(StringComparer.Ordinal).ToArray() is { Length: > 0 } parts ? $"{id} (accepted: {string.Join(", ", parts)})" : id);
        TestContext.Current.TestOutputHelper!.WriteLine($"{whole.Count} of {Clauses.All.Count} clauses are accepted. Still owed: {string.Join(", ", lines)}");
        Assert.Equal(Clauses.All.Count, whole.Count + owed.Length);
    }
}
