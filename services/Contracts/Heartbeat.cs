namespace Integritet.Contracts;

/// <summary>Sent by every service's forwarder leader every two seconds. Ten seconds of silence make its facts stale for those who need them.</summary>
/// <param name="Source">Name of the sending service.</param>
/// <param name="Position">Last committed position of its log when sent; all up to it has been published.</param>
/// <param name="At">When it was sent.</param>
public sealed record Heartbeat(string Source, long Position, DateTimeOffset At);
