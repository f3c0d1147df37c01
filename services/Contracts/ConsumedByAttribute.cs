namespace Integritet.Contracts;

/// <summary>
/// Names the services that consume a message. The publisher declares their queues before it publishes, so that nothing published before a consumer's first start is lost;
/// a service refuses to start when it consumes a message that doesn't name it.
/// </summary>
/// <param name="services">Service names, as in their queue names <c>service.message</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ConsumedByAttribute(params string[] services) : Attribute
{
    /// <summary>Service names.</summary>
    public IReadOnlyList<string> Services { get; } = services;
}
