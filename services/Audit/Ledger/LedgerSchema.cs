using Integritet.Platform.EventStore;

namespace Integritet.Audit.Ledger;

/// <summary>The ledger's tables, in Audit's own database beside its event store.</summary>
public static class LedgerSchema
{
    public static SchemaFiles Files { get; } = new("ledger", typeof(LedgerSchema).Assembly, "Integritet.Audit.Ledger.Schema.");
}
