using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Retention.Holdings;
using Integritet.Retention.Systems;

namespace Integritet.Retention.Imports;

/// <summary>Reads lines as strictly as a single registration is read.</summary>
public sealed class LineParser(string controller, Caller caller, PolicyVersion policy, SystemRegister systems, Pseudonyms pseudonyms, TimeProvider clock)
{
    /// <summary>Null for an empty line.</summary>
    public ImportLine? Parse(Line line)
    {
        if (line.TooLong)
            return ImportLine.Bad(line.Number, new ProblemError($"A line has at most {LineReader.MaxLineBytes} bytes."));
        if (line.Bytes.Span.Trim(" \t"u8).IsEmpty)
            return null;
        try
        {
            return Check(line.Number, RequestBody.Parse<HoldingBody>(line.Bytes.Span, BodyLimits.Default));
        }
        catch (ProblemException malformed)
        {
            var problem = malformed.Problem;
            return ImportLine.Bad(line.Number, problem.Errors.Count > 0 ? problem.Errors : [new ProblemError(problem.Detail ?? problem.Title)]);
        }
    }

    private ImportLine Check(long number, HoldingBody body)
    {
        var now = clock.GetUtcNow();
        var faults = new List<ProblemError>();
        var system = systems.Find(controller, policy, body.System);
        HoldingChecks.AddFaults(faults, body, policy, system, now);
        if (!caller.MaySpeakFor(body.System))
            faults.Add(new ProblemError("The credential does not speak for this system.", "/system"));
        var data = body.ToHeld(controller, pseudonyms, now, faults);
        return new ImportLine(number, body, data, system, faults);
    }
}
