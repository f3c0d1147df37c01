namespace Integritet.EventStore.Tests;

public sealed class PostgresAppendTests(SharedPostgres server) : AppendContract(server, Writer.Postgres);

public sealed class PostgresReadTests(SharedPostgres server) : ReadContract(server, Writer.Postgres);

public sealed class PostgresIdempotencyTests(SharedPostgres server) : IdempotencyContract(server, Writer.Postgres);

public sealed class PostgresProjectionTests(SharedPostgres server) : ProjectionContract(server, Writer.Postgres);

public sealed class PostgresPitfallTests(SharedPostgres server) : PitfallContract(server, Writer.Postgres);

public sealed class PostgresOutageTests(SharedPostgres server) : OutageContract(server, Writer.Postgres);
