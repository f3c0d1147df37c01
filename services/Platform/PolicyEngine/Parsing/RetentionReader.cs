using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads the <c>keep</c> rules of the block <c>store</c>.</summary>
internal sealed class RetentionReader(Terms terms, RuleReader rules)
{
    public ImmutableArray<KeepRule> ReadKeep(MapReader document) =>
        document.Map("store") is { } store ? [.. store.Maps("keep").Select(ReadRule)] : [];

    private KeepRule ReadRule(MapReader map)
    {
        var until = ReadUntil(map);
        var minimum = ReadMinimum(map.Map("minimum"));
        if (!map.Has("until") && minimum is null)
            map.Problems.Add(map.Node, map.Pointer, "a keep rule says 'until', or a statutory 'minimum'");
        var act = map.Choice("act", RetentionAct.Erase);
        var moveTo = map.OptionalName("move-to", "system", terms.Systems);
        if (act == RetentionAct.MoveThenErase != moveTo is not null)
            map.Problems.Add(map.Node, map.Pointer, "'act: move-then-erase' and 'move-to' belong together");
        var rule = new KeepRule(
            map.Name("clause", "clause", terms.Clauses), rules.ReadScope(map), until, minimum, act, moveTo, ReadSchedule(map.Map("schedule")), map.Duration("review"),
            rules.ReadConditions(map, "needs"));
        map.Done();
        return rule;
    }

    private static Until? ReadUntil(MapReader map)
    {
        switch (map.Value("until"))
        {
            case null:
                return null;
            case Node.Scalar { Text: "agreed" }:
                return new Until.Agreed();
            case Node.Scalar { Text: "purposes-ended" }:
                return new Until.PurposesEnded();
            case Node.Scalar { Text: "at-once" }:
                return new Until.AtOnce();
            case Node.Scalar { Text: "next-run" }:
                return new Until.NextRun();
            case Node.Scalar word:
                map.Problem("until", Suggestion.Unknown("end", word.Text, ["agreed", "purposes-ended", "at-once", "next-run"]));
                return null;
            default:
                return ReadDetailedUntil(map.Map("until")!);
        }
    }

    private static Until? ReadDetailedUntil(MapReader until)
    {
        Until? read = null;
        if (until.Has("after"))
            read = until.Duration("after") is { } period ? new Until.After(period, until.Choice("from", PeriodAnchor.Recorded)) : null;
        else if (until.Has("any-of"))
            read = new Until.Triggered(until.List("any-of", "trigger", Vocabulary.Triggers), All: false);
        else if (until.Has("all-of"))
            read = new Until.Triggered(until.List("all-of", "trigger", Vocabulary.Triggers), All: true);
        else
            until.Problems.Add(until.Node, until.Pointer, "expected 'after' with a period, or 'any-of' or 'all-of' with triggers");
        until.Done();
        return read;
    }

    private StatutoryMinimum? ReadMinimum(MapReader? map)
    {
        if (map is null)
            return null;
        if (!map.Has("keep"))
            map.Problems.Add(map.Node, map.Pointer, "'keep' is missing");
        var minimum = new StatutoryMinimum(map.Duration("keep") ?? Period.Zero, map.Choice("from", PeriodAnchor.Recorded), terms.ReadText(map, "reference"));
        map.Done();
        return minimum;
    }

    private static Schedule ReadSchedule(MapReader? map)
    {
        if (map is null)
            return Schedule.Daily;
        var every = map.Choice("every", ScheduleKind.Daily, needed: true);
        var schedule = new Schedule(every, map.Number("day", 1, 28) ?? 1, ReadTime(map));
        map.Done();
        return schedule;
    }

    private static LocalTime ReadTime(MapReader map)
    {
        var written = map.Text("at");
        var parsed = LocalTimePattern.Create("HH':'mm", CultureInfo.InvariantCulture).Parse(written);
        if (parsed.Success)
            return parsed.Value;
        if (written.Length > 0)
            map.Problem("at", "expected a local time such as \"03:00\"");
        return Schedule.Daily.At;
    }
}
