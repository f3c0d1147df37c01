using Integritet.Gateway.ApiKeys;

namespace Integritet.Gateway.Tests;

public sealed class SystemScopeTests
{
    [Theory]
    [InlineData("crm,mail", "crm", true)]
    [InlineData("crm,mail", "vault", false)]
    [InlineData("*", "vault", true)]
    [InlineData("*,!vault", "vault", false)]
    [InlineData("*,!vault", "crm", true)]
    [InlineData("", "crm", false)]
    public void A_scope_includes_what_it_names(string scope, string system, bool included) => Assert.Equal(included, Scope(scope).Includes(system));

    [Theory]
    [InlineData("*", "*", true)]
    [InlineData("*", "*,!vault", true)]
    [InlineData("*", "crm", true)]
    [InlineData("*,!vault", "*", false)]
    [InlineData("*,!vault", "*,!vault", true)]
    [InlineData("*,!vault", "*,!vault,!mail", true)]
    [InlineData("*,!vault", "vault", false)]
    [InlineData("*,!vault", "crm,mail", true)]
    [InlineData("crm,mail", "crm", true)]
    [InlineData("crm,mail", "crm,vault", false)]
    [InlineData("crm", "*", false)]
    [InlineData("crm", "*,!mail", false)]
    [InlineData("", "", true)]
    public void Nobody_can_give_more_than_he_has(string own, string given, bool covered) => Assert.Equal(covered, Scope(own).Covers(Scope(given)));

    [Theory]
    [InlineData("!vault")]
    [InlineData("*,crm")]
    [InlineData("Crm")]
    [InlineData("-crm")]
    [InlineData("*,!")]
    public void An_ambiguous_list_is_refused(string entries) => Assert.False(SystemScope.WellFormed(entries.Split(',')));

    private static SystemScope Scope(string entries) => SystemScope.Of(entries.Split(',', StringSplitOptions.RemoveEmptyEntries));
}
