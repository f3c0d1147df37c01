using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>What is wrong with a policy document, and where.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="Pointer">RFC 6901 pointer into the document, "" for all of it.</param>
/// <param name="Message">What is wrong, with a suggestion where one is near.</param>
public sealed record PolicyProblem(int Line, int Column, string Pointer, string Message)
{
    /// <summary>As an editor shows it: line:column: message (pointer).</summary>
    public override string ToString() => Pointer.Length == 0 ? $"{Line}:{Column}: {Message}" : $"{Line}:{Column}: {Message} ({Pointer})";
}

/// <summary>The outcome of parsing: a document, or what is wrong with it. Never both, never neither.</summary>
public abstract record PolicyParseResult
{
    private PolicyParseResult() { }

    /// <summary>It is a policy.</summary>
    public sealed record Parsed(PolicyDocument Document) : PolicyParseResult;

    /// <summary>It is not.</summary>
    /// <param name="Problems">At least one, at most <see cref="PolicyParser.MaxProblems"/>, in the document's order.</param>
    /// <param name="Readable">False when it is not even YAML or JSON within the limits, so that reading stopped at the problem.</param>
    public sealed record Faulty(ImmutableArray<PolicyProblem> Problems, bool Readable) : PolicyParseResult;
}
