namespace Integritet.Gateway.Tests;

/// <summary>The machine's clock, moved ahead as far as a test says.</summary>
public sealed class AdvancedClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
