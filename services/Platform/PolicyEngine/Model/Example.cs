using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>A question with the answer the policy must give: a policy is its own test.</summary>
/// <param name="Says">The sentence it stands for.</param>
/// <param name="Asks">The question.</param>
/// <param name="Given">The facts it is asked on.</param>
/// <param name="Outcome">The expected outcome.</param>
/// <param name="Rule">A clause that must take part.</param>
/// <param name="Code">A reason code that must be given with that clause; null for a permission.</param>
/// <param name="Cut">For disclosures: exactly what must be left out; default: not checked.</param>
public sealed record Example(string Says, Asked Asks, Facts Given, Outcome Outcome, string Rule, ReasonCode? Code, ImmutableArray<string> Cut);
