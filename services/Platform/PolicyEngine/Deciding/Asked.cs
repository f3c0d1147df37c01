namespace Integritet.Platform.PolicyEngine;

/// <summary>
/// A question as it was asked and as it is recorded: names, and no personal value. Who the subject is, and which address a message went to, the deciding service knows;
/// here only what follows from it is found (<see cref="Facts"/>).
/// </summary>
public sealed record Asked
{
    /// <summary>What is asked.</summary>
    public required Operation Operation { get; init; }

    /// <summary>For which purpose.</summary>
    public string? Purpose { get; init; }

    /// <summary>Which categories of data. May be empty for <see cref="Operation.Notify"/> only.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Whether the data is anonymised.</summary>
    public bool Anonymised { get; init; }

    /// <summary>Where the data comes from. Any text: one that is not listed is refused.</summary>
    public string? Source { get; init; }

    /// <summary>Whether the lawfulness of the source was stated.</summary>
    public bool LawfulSource { get; init; }

    /// <summary>Whether a subject is named.</summary>
    public bool SubjectNamed { get; init; }

    /// <summary>Kind of actor: <c>employee</c>, <c>supplier</c>, <c>user</c>, <c>system</c>.</summary>
    public string? Actor { get; init; }

    /// <summary>Whether the actor's channel is encrypted; absent is false.</summary>
    public bool Encrypted { get; init; }

    /// <summary>The subject's country, ISO 3166-1 alpha-2; absent counts as one of those listed.</summary>
    public string? Country { get; init; }

    /// <summary>The country data goes to, ISO 3166-1 alpha-2.</summary>
    public string? Destination { get; init; }

    /// <summary>Which way a message goes.</summary>
    public Direction Direction { get; init; }

    /// <summary>The customer concerned: an id of the caller's, named in a refusal by <c>customer-controlled</c>.</summary>
    public string? Customer { get; init; }

    /// <summary>Whether that customer, not the controller, controls the data.</summary>
    public bool CustomerControlled { get; init; }

    /// <summary>Categories that the social network's setting allows.</summary>
    public IReadOnlyList<string> NetworkAllows { get; init; } = [];

    /// <summary>Whether what is shared is about authorised users of an account.</summary>
    public bool AboutAuthorisedUser { get; init; }

    /// <summary>Ground of the exception claimed: <c>legal-claim</c>, <c>protect-person</c>, <c>public-interest</c>.</summary>
    public string? Exception { get; init; }

    /// <summary>Whether the exception has a reference.</summary>
    public bool ExceptionReference { get; init; }

    /// <summary>Kind of recipient of a disclosure.</summary>
    public string? Recipient { get; init; }

    /// <summary>Ground of a disclosure.</summary>
    public string? Ground { get; init; }

    /// <summary>Whether the ground's record is cited.</summary>
    public bool GroundReference { get; init; }

    /// <summary>Kind of breach stated: <c>terms</c>, <c>rights</c>, <c>law</c>.</summary>
    public string? Breach { get; init; }

    /// <summary>The instrument presented.</summary>
    public AskedInstrument? Instrument { get; init; }

    /// <summary>The system of record a holding is in.</summary>
    public string? System { get; init; }

    /// <summary>Attributes of a holding that are true: <c>relevant</c>, <c>customer-owned</c>, <c>customer-controlled</c>.</summary>
    public IReadOnlyList<string> Attributes { get; init; } = [];
}

/// <summary>A legal instrument as presented.</summary>
/// <param name="Type">Its type.</param>
/// <param name="IssuerRole">Role of who issued it.</param>
/// <param name="Jurisdiction">ISO 3166-1 alpha-2.</param>
/// <param name="Reference">Whether it has a reference.</param>
public sealed record AskedInstrument(string? Type, string? IssuerRole, string? Jurisdiction, bool Reference);

/// <summary>Which way a message goes.</summary>
public enum Direction
{
    /// <summary>There is no message.</summary>
    None,

    /// <summary>To somebody (<c>context.to</c>).</summary>
    Outgoing,

    /// <summary>From somebody (<c>context.from</c>).</summary>
    Incoming,
}

/// <summary>What is wrong with a question: a name the policy does not know. Answered 422 with the pointer.</summary>
/// <param name="Pointer">JSON pointer into the request, e.g. <c>/categories/2</c>.</param>
/// <param name="Message">What is wrong, with a suggestion where one is near.</param>
public sealed record QuestionProblem(string Pointer, string Message);
