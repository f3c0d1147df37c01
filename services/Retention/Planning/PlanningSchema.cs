using Integritet.Platform.EventStore;

namespace Integritet.Retention.Planning;

/// <summary>The planner's own table.</summary>
public static class PlanningSchema
{
    public static SchemaFiles Files { get; } = new("planning", typeof(PlanningSchema).Assembly, "Integritet.Retention.Planning.Schema.");
}
