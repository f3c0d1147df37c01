using Integritet.Consent.Decisions;

namespace Integritet.Consent.Tests;

public sealed class DecisionIdTests
{
    private const string Request = "0197aaaa-0000-7000-8000-000000000001";

    [Theory]
    [InlineData(Request)]
    [InlineData(Request + ".1")]
    [InlineData(Request + ".1000")]
    public void An_id_is_read_as_it_is_written(string text)
    {
        Assert.True(DecisionId.TryParse(text, out var id));
        Assert.Equal(text, id.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("latest")]
    [InlineData(Request + ".")]
    [InlineData(Request + ".0")]
    [InlineData(Request + ".-1")]
    [InlineData(Request + ".1.1")]
    [InlineData(Request + ".99999999999")]
    [InlineData("{" + Request + "}")]
    public void What_is_no_id_is_not_read(string? text) => Assert.False(DecisionId.TryParse(text, out _));
}
