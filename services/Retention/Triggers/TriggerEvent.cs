using System.Text.Json.Serialization;
using Integritet.Platform.EventStore;

namespace Integritet.Retention.Triggers;

/// <summary>A system told that something happened which retention may wait for. It is kept whether or not anything is held that it meets.</summary>
/// <param name="Trigger">Its name (Vocabulary).</param>
/// <param name="At">When it happened.</param>
/// <param name="Meets">What it is about.</param>
/// <param name="Name">The subject's pseudonym, the customer's id, or the reference.</param>
/// <param name="Purpose">For <c>purpose-ended</c>: which; null ends every purpose.</param>
[StoredEvent("trigger-told.v1")]
public sealed record TriggerTold(
    string Trigger, DateTimeOffset At, TriggerTarget Meets, string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Purpose) : IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => Meets == TriggerTarget.Subject ? [Name] : [];
}

/// <summary>By what a trigger meets holdings.</summary>
public enum TriggerTarget
{
    /// <summary>Every holding of a person, by any of the person's identifiers.</summary>
    Subject,

    /// <summary>Every holding on behalf of a business customer.</summary>
    Customer,

    /// <summary>The holding of this reference, in any system.</summary>
    Reference,
}
