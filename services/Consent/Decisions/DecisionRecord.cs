using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Decisions;

/// <summary>The decisions of one request: one stream, an event for each question, never changed afterwards.</summary>
public sealed record DecisionRecord(ImmutableList<DecisionMade> Decisions)
{
    /// <summary>Streams <c>decision-{id}</c>.</summary>
    public static Aggregate<DecisionRecord> Aggregate { get; } = new("decision", new DecisionRecord(ImmutableList<DecisionMade>.Empty), Evolve);

    public static DecisionRecord Evolve(DecisionRecord state, object @event) => @event switch
    {
        DecisionMade made => new DecisionRecord(state.Decisions.Add(made)),
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is no event of a decision."),
    };
}

/// <summary>Names a decision: the request's id, and in a batch the place in it.</summary>
public sealed record DecisionId(Guid Request, int? Place)
{
    public override string ToString() => Place is { } place ? string.Create(CultureInfo.InvariantCulture, $"{Request}.{place}") : Request.ToString();

    public static bool TryParse(string? text, [NotNullWhen(true)] out DecisionId? id)
    {
        id = null;
        var dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (!Guid.TryParseExact(dot < 0 ? text : text![..dot], "D", out var request))
            return false;
        var place = 0;
        if (dot >= 0 && (!int.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out place) || place < 1))
            return false;
        id = new DecisionId(request, dot < 0 ? null : place);
        return true;
    }
}
