using Integritet.Platform.EventStore;

namespace Integritet.Benchmarks.EventStore;

/// <summary>Appending, against the same rows written by hand.</summary>
internal static class AppendComparisons
{
    public static IEnumerable<Comparison> All(Databases databases, RawAppends raw)
    {
        var (rawLoad, ourLoad) = (new Workload("a"), new Workload("a"));
        ValueTask<int> FourCommands(int caller)
        {
            var (append, version) = rawLoad.Next(caller);
            return raw.FourCommandsAsync(caller, append, version);
        }
        ValueTask<int> OneBatch(int caller)
        {
            var (append, version) = rawLoad.Next(caller);
            return raw.OneBatchAsync(caller, append, version);
        }
        async ValueTask<int> Ours(int caller)
        {
            var (append, _) = ourLoad.Next(caller);
            return await databases.Store.AppendAsync(append) is AppendResult.Appended ? 1 : throw new InvalidOperationException("not appended");
        }
        yield return new Comparison("append one event, raw transaction of four commands", "events", 3.0, 32, FourCommands, Ours) { TailMatters = true };
        yield return new Comparison("append one event, raw transaction of four commands", "events", 0.8, 1, FourCommands, Ours);
        yield return new Comparison("append one event, raw pair in one batch", "events", null, 32, OneBatch, Ours);

        var (rawMany, ourMany) = (new Workload("m"), new Workload("m"));
        yield return new Comparison(
            "append a thousand events, raw unnest", "events", 0.5, 1,
            caller => raw.UnnestAsync(caller, rawMany.NextMany(caller, 1000)),
            async caller => await databases.Store.AppendAsync(ourMany.NextMany(caller, 1000)) is AppendResult.Appended ? 1000 : throw new InvalidOperationException("not appended"));
    }
}
