using Integritet.Consent.Integration;
using Integritet.Contracts;

namespace Integritet.Consent.Tests;

public sealed class ToldByDisclosureTests
{
    private static readonly Guid Id = Guid.Parse("0197aaaa-0000-7000-8000-000000000010");

    [Fact]
    public void What_a_later_message_replaces_is_kept_in_one_stream() => Assert.Equal(StreamOf(Case(1, open: true)), StreamOf(Case(5, open: false)));

    [Fact]
    public void What_no_later_message_replaces_is_kept_apart_so_that_order_does_not_matter()
    {
        string[] streams =
        [
            StreamOf(new RecipientRegistered("almena", "disclosure", "recipient-1", 1, 1, Id, "employee", "SE", null)),
            StreamOf(new AgreementRegistered("almena", "disclosure", "recipient-1", 2, 2, Guid.CreateVersion7(), Id, "employee", "nda", Pure.Now, null)),
            StreamOf(new AgreementRegistered("almena", "disclosure", "recipient-1", 3, 3, Guid.CreateVersion7(), Id, "employee", "dpa", Pure.Now, null)),
            StreamOf(new AccessRightGranted("almena", "disclosure", "recipient-1", 4, 4, Guid.CreateVersion7(), Id, "employee", ["email"], Pure.Now, null)),
            StreamOf(Case(1, open: true)),
            StreamOf(new CaseSubjectsAdded("almena", "disclosure", "case-1", 2, 6, Id, ["ps_a"])),
            StreamOf(new CaseSubjectsAdded("almena", "disclosure", "case-1", 3, 7, Id, ["ps_b"])),
        ];
        Assert.Equal(streams.Length, streams.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void What_Disclosure_does_not_tell_is_not_kept() =>
        Assert.Throws<ArgumentException>(() => ToldByDisclosure.Of(new FactApplied("almena", "consent", "s", 1, 1, "disclosure", "s", 1, Pure.Now)));

    private static CaseChanged Case(long version, bool open) => new("almena", "disclosure", "case-1", version, version, Id, "abuse-17", "abuse-investigation", open, Limited: false);

    private static string StreamOf(IStateMessage message) => ToldByDisclosure.Of(message).Stream;
}
