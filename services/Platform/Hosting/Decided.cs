namespace Integritet.Platform.Hosting;

/// <summary>What a pure <c>Decide</c> says to a command. A refusal is a value.</summary>
public abstract record Decided
{
    private Decided() { }

    /// <summary>The command takes effect: these events happened. None: it had its effect already, and is answered as before.</summary>
    /// <param name="Status">HTTP status of the answer.</param>
    /// <param name="Events">In order.</param>
    public sealed record Accepted(int Status, IReadOnlyList<object> Events) : Decided;

    /// <summary>The command is refused; nothing is stored.</summary>
    public sealed record Refused(Problem Problem) : Decided;

    /// <summary>The command takes effect.</summary>
    public static Decided Accept(int status, params IReadOnlyList<object> events) => new Accepted(status, events);

    /// <summary>The command is refused.</summary>
    public static Decided Refuse(Problem problem) => new Refused(problem);
}

/// <summary>What a command's answer is made of, the first time and every time it is repeated.</summary>
/// <param name="Status">HTTP status of the first answer.</param>
/// <param name="ResourceId">The resource the command was about.</param>
/// <param name="State">The resource now.</param>
/// <param name="Version">Its stream's version, which is its <c>ETag</c>.</param>
/// <param name="Repeated">True when an earlier request with this idempotency key had the effect: a secret shown then is not shown again.</param>
public sealed record Answered<TState>(int Status, string ResourceId, TState State, long Version, bool Repeated);
