using Integritet.Contracts;
using Integritet.Disclosure.Integration;
using static Integritet.Disclosure.Tests.Pure;

namespace Integritet.Disclosure.Tests;

public sealed class ConfirmedVersionsTests
{
    [Fact]
    public void A_fact_is_effective_when_the_last_of_its_consumers_applies_it()
    {
        var confirmed = new ConfirmedVersions(new Dictionary<(string, long, string), DateTimeOffset> { [("s", 1, "one")] = Now, [("s", 1, "two")] = Now.AddSeconds(1), [("s", 2, "one")] = Now }, _ => true);
        Assert.Equal(Now.AddSeconds(1), confirmed.EffectiveAt<Told>("s", 1));
        Assert.Null(confirmed.EffectiveAt<Told>("s", 2));
        Assert.Null(confirmed.EffectiveAt<Told>("s", 3));
    }

    [Fact]
    public void Nobody_waits_for_a_service_that_is_not_deployed()
    {
        var confirmed = new ConfirmedVersions(new Dictionary<(string, long, string), DateTimeOffset> { [("s", 1, "one")] = Now }, service => service == "one");
        Assert.Equal(Now, confirmed.EffectiveAt<Told>("s", 1));
    }

    [ConsumedBy("one", "two")]
    private sealed record Told(string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition) : IStateMessage;
}
