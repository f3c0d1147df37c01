using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Integritet.PersonalData.Tests;

public sealed class PseudonymsTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly Pseudonyms _pseudonyms = new(new InstallationSecret(Key));

    [Fact]
    public void A_pseudonym_is_the_hmac_of_type_and_normal_value_under_the_controllers_own_key()
    {
        var controllersKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, Key, 32, [], Encoding.UTF8.GetBytes("pseudonym|almena"));
        var expected = "ps_" + Base64Url.EncodeToString(HMACSHA256.HashData(controllersKey, "email|rut@mail.example"u8));

        Assert.Equal(expected, _pseudonyms.Of("almena", Subject("email", "RUT@mail.example")));
    }

    // Pinned: a pseudonym that changes loses every record filed under it.
    [Fact]
    public void Pseudonyms_never_change() =>
        Assert.Equal("ps_RWe1lU_fRmRyHGnq3GKnZ6_wyGWkiuD713DGPUWWeXc", _pseudonyms.Of("almena", Subject("email", "rut@mail.example")));

    [Fact]
    public void Another_controller_type_value_or_installation_gives_another_pseudonym()
    {
        string[] all =
        [
            _pseudonyms.Of("almena", Subject("account", "A")), _pseudonyms.Of("netip", Subject("account", "A")), _pseudonyms.Of("almena", Subject("customer-number", "A")),
            _pseudonyms.Of("almena", Subject("account", "B")), new Pseudonyms(new InstallationSecret(new byte[32])).Of("almena", Subject("account", "A")),
        ];

        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
        Assert.All(all, pseudonym => Assert.True(Pseudonyms.IsWellFormed(pseudonym)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("rut@mail.example")]
    [InlineData("ps_short")]
    [InlineData("px_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Other_text_is_no_pseudonym(string? text) => Assert.False(Pseudonyms.IsWellFormed(text));

    private static SubjectId Subject(string type, string value) => SubjectId.TryParse(type, value, out var subject, out _) ? subject : throw new InvalidOperationException(type);
}
