using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.Hosting;

namespace Integritet.Retention.Instructions;

/// <summary>Ids that are made of what they are about (RFC 9562 5.8), so that whoever comes to it after a crash makes the same again.</summary>
public static class InstructionId
{
    /// <summary>The instruction to do something with a holding.</summary>
    public static Guid Of(string controller, Guid holdingId, InstructionAction action) => Named("instruction", controller, holdingId.ToString("D"), action.Written());

    /// <summary>The holding that a moved one becomes.</summary>
    public static Guid OfSuccessor(string controller, Guid holdingId) => Named("successor", controller, holdingId.ToString("D"));

    /// <summary>The run of a schedule's occurrence: of all replicas that come to it, one starts it.</summary>
    public static Guid OfScheduledRun(string controller, string schedule, DateTimeOffset occurrence) =>
        Named("run", controller, schedule, occurrence.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    /// <summary>The action as it is written everywhere.</summary>
    public static string Written(this InstructionAction action) => action switch
    {
        InstructionAction.Erase => "erase",
        InstructionAction.Anonymise => "anonymise",
        InstructionAction.Move => "move",
        _ => throw new InvalidOperationException($"{action} is no action."),
    };

    /// <summary>The action that is written so.</summary>
    public static InstructionAction ActionOf(string written) => Enum.GetValues<InstructionAction>().First(action => action.Written() == written);

    private static Guid Named(params string[] parts) => NameBasedId.From(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', parts))));
}
