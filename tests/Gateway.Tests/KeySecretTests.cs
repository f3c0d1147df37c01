using Integritet.Gateway.ApiKeys;

namespace Integritet.Gateway.Tests;

public sealed class KeySecretTests
{
    [Fact]
    public void A_key_is_read_back_as_it_was_written()
    {
        var (id, secret) = (Guid.CreateVersion7(), KeySecret.Generate());
        Span<byte> read = stackalloc byte[KeySecret.Bytes];

        Assert.True(KeySecret.TryParse(KeySecret.Text(id, secret), out var readId, read));
        Assert.Equal(id, readId);
        Assert.Equal(secret, read.ToArray());
    }

    [Fact]
    public void Only_its_own_secret_matches_a_hash()
    {
        var secret = KeySecret.Generate();
        var hash = KeySecret.Hash(secret);
        var other = (byte[])secret.Clone();
        other[31] ^= 1;

        Assert.True(KeySecret.Matches(secret, hash));
        Assert.False(KeySecret.Matches(other, hash));
    }

    [Theory]
    [InlineData("")]
    [InlineData("igk_")]
    [InlineData("igk_0197b3c0000070008000000000000001")]
    [InlineData("igk_0197b3c0000070008000000000000001_short")]
    [InlineData("igk_0197b3c0000070008000000000000001_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!")]
    [InlineData("igk_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("key_0197b3c0000070008000000000000001_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("igk_0197b3c0000070008000000000000001_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_not_exactly_a_key_is_none(string text)
    {
        Span<byte> secret = stackalloc byte[KeySecret.Bytes];
        Assert.False(KeySecret.TryParse(text, out _, secret));
    }
}
