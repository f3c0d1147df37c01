#if USE_MARTEN
using Integritet.Platform.EventStore.Marten;

namespace Integritet.EventStore.Tests;

public static class MartenWriters
{
    public static Writer Marten { get; } = new("Marten", services => services.AddMartenWriter());
}

public sealed class MartenAppendTests(SharedPostgres server) : AppendContract(server, MartenWriters.Marten);

public sealed class MartenReadTests(SharedPostgres server) : ReadContract(server, MartenWriters.Marten);

public sealed class MartenIdempotencyTests(SharedPostgres server) : IdempotencyContract(server, MartenWriters.Marten);

public sealed class MartenProjectionTests(SharedPostgres server) : ProjectionContract(server, MartenWriters.Marten);

public sealed class MartenPitfallTests(SharedPostgres server) : PitfallContract(server, MartenWriters.Marten);

public sealed class MartenOutageTests(SharedPostgres server) : OutageContract(server, MartenWriters.Marten);
#endif
