namespace Integritet.Disclosure;

/// <summary>What the service is called.</summary>
public static class DisclosureService
{
    public const string Name = "disclosure";
}
