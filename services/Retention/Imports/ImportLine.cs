using Integritet.Platform.Hosting;
using Integritet.Retention.Holdings;
using Integritet.Retention.Systems;

namespace Integritet.Retention.Imports;

/// <summary>A line of an import as far as it can be judged by itself.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Body">What it says; null where it says nothing that is understood.</param>
/// <param name="Data">What is stored of it.</param>
/// <param name="System">Its system.</param>
/// <param name="Faults">What is wrong with it; none: it is good so far.</param>
public sealed record ImportLine(long Number, HoldingBody? Body, HeldData? Data, RegisteredSystem? System, IReadOnlyList<ProblemError> Faults)
{
    public static ImportLine Bad(long number, params IReadOnlyList<ProblemError> faults) => new(number, null, null, null, faults);
}

/// <summary>What became of a line.</summary>
/// <param name="Line">Its number.</param>
/// <param name="Detail">What is wrong, in a sentence for each fault.</param>
/// <param name="Errors">Each fault with its place in the line and, where a clause refuses, rule and code.</param>
public sealed record LineProblem(long Line, string Detail, IReadOnlyList<ProblemError> Errors)
{
    public static LineProblem Of(long line, IReadOnlyList<ProblemError> faults) => new(line, string.Join(' ', faults.Select(f => f.Detail)), faults);
}
