namespace Integritet.Audit;

/// <summary>What this service is called wherever services are named.</summary>
public static class AuditService
{
    public const string Name = "audit";
}
