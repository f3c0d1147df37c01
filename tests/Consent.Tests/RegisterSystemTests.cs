using Integritet.Consent.Systems;

namespace Integritet.Consent.Tests;

public sealed class RegisterSystemTests
{
    private static readonly SystemOfRecordRegistered Crm = new("crm", Encrypted: true, "Example Hosting AB");

    [Fact]
    public void A_system_is_registered() => Assert.Equal(Crm, RegisterSystem.Decide(After(), Crm).ThenOne<SystemOfRecordRegistered>());

    [Fact]
    public void Registering_it_again_changes_nothing() => RegisterSystem.Decide(After(Crm), Crm).ThenNothing();

    [Fact]
    public void It_can_be_registered_otherwise() => Assert.False(RegisterSystem.Decide(After(Crm), Crm with { Encrypted = false }).ThenOne<SystemOfRecordRegistered>().Encrypted);

    [Theory]
    [InlineData("")]
    [InlineData("CRM")]
    [InlineData("1crm")]
    [InlineData("crm/../x")]
    [InlineData("c r m")]
    [InlineData("crm\n")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_name_that_is_none_is_pointed_at(string name) => RegisterSystem.Decide(After(), Crm with { Name = name }).ThenRefused(422, "/name");

    [Fact]
    public void A_processor_is_named_or_left_out()
    {
        RegisterSystem.Decide(After(), Crm with { Processor = " " }).ThenRefused(422, "/processor");
        RegisterSystem.Decide(After(), Crm with { Processor = null }).ThenOne<SystemOfRecordRegistered>();
    }

    private static SystemOfRecord After(params SystemOfRecordRegistered[] events) => SystemOfRecord.Aggregate.Fold(SystemOfRecord.Aggregate.Initial, events);
}
