using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Integritet.Hosting.Tests;

public sealed class QueryNumberTests
{
    [Theory]
    [InlineData("", 5)]
    [InlineData("?other=9", 5)]
    [InlineData("?n=1", 1)]
    [InlineData("?n=10", 10)]
    [InlineData("?n=007", 7)]
    public void A_number_within_its_bounds_is_taken_and_an_absent_one_has_its_default(string query, long number)
    {
        var faults = new List<ProblemError>();

        Assert.Equal(number, Query(query).Number("n", 1, 10, 5, "From 1 to 10.", faults));
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("?n")]
    [InlineData("?n=")]
    [InlineData("?n=0")]
    [InlineData("?n=11")]
    [InlineData("?n=-1")]
    [InlineData("?n=+1")]
    [InlineData("?n= 1")]
    [InlineData("?n=1e0")]
    [InlineData("?n=1&n=1")]
    [InlineData("?n=99999999999999999999")]
    public void Anything_else_is_a_fault_at_its_place(string query)
    {
        var faults = new List<ProblemError>();

        Query(query).Number("n", 1, 10, 5, "From 1 to 10.", faults);
        Assert.Equal(new ProblemError("From 1 to 10.", "#query/n"), Assert.Single(faults));
    }

    private static QueryCollection Query(string text) => new(QueryHelpers.ParseQuery(text));
}
