using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using MassTransit;

namespace Integritet.Retention.Systems;

/// <summary>Consent has told of a system of record as it now stands. Its stream here is that of the system there.</summary>
/// <param name="SourceVersion">Version of that stream.</param>
/// <param name="Name">Its name.</param>
/// <param name="Encrypted">Whether what it holds is encrypted (NI-11).</param>
/// <param name="Processor">Who runs it, where that is not the controller itself.</param>
[StoredEvent("system-received.v1")]
public sealed record SystemReceived(long SourceVersion, string Name, bool Encrypted, string? Processor) : IReceivedFact
{
    public static string StreamOf(string sourceStream) => $"received-{sourceStream}";
}

/// <summary>Keeps what Consent tells of systems of record.</summary>
public sealed class SystemRegisteredConsumer(ReceivedFacts facts) : IConsumer<SystemRegistered>
{
    public async Task Consume(ConsumeContext<SystemRegistered> context)
    {
        var told = context.Message;
        await facts.StoreAsync(context, SystemReceived.StreamOf(told.SourceStream), new SystemReceived(told.SourceVersion, told.Name, told.Encrypted, told.Processor));
    }
}
