using System.Security.Cryptography;
using System.Text;
using Integritet.Audit.Ledger;

namespace Integritet.Audit.Tests;

public sealed class LeafTests
{
    private static readonly string Good = Encoding.UTF8.GetString(Leaves.Bytes("consent", 7, subjects: ["ps_a"], data: """{"purpose":"own-marketing"}"""));

    [Fact]
    public void A_leaf_says_what_searching_needs()
    {
        var leaf = Leaf.Read(Encoding.UTF8.GetBytes(Good));
        Assert.Equal(("consent", 7L, 6L, "almena", "s-1", 1L, "thing-done.v1", "key-1"), (leaf.Service, leaf.Position, leaf.Previous, leaf.Controller, leaf.Stream, leaf.Version, leaf.Type, leaf.Actor));
        Assert.Equal(Leaves.Start.AddMilliseconds(7), leaf.At);
        Assert.Equal(["ps_a"], leaf.Subjects);
        Assert.Equal(Good, Encoding.UTF8.GetString(leaf.Bytes.Span));
    }

    [Fact]
    public void The_hash_is_that_of_a_zero_byte_and_the_leaf()
    {
        // RFC 9162 section 2.1.1; the value for the empty leaf is the well-known one of certificate transparency.
        Assert.Equal("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", Convert.ToHexStringLower(Leaf.Hash([])));
        Assert.Equal(SHA256.HashData([0, .. "leaf"u8]), Leaf.Hash("leaf"u8));
    }

    [Theory]
    [InlineData("\"position\":7", "\"position\":\"7\"")]
    [InlineData("\"position\":7", "\"position\":7.5")]
    [InlineData("\"position\":7", "\"position\":0")]
    [InlineData("\"position\":7", "\"position\":6")]
    [InlineData("\"position\":7", "\"position\":9007199254740992")]
    [InlineData("\"previous\":6", "\"previous\":-1")]
    [InlineData("\"version\":1", "\"version\":0")]
    [InlineData("\"version\":1", "\"version\":1,\"extra\":1")]
    [InlineData("\"version\":1", "\"version\":1,\"version\":1")]
    [InlineData(",\"version\":1", "")]
    [InlineData("\"actor\":\"key-1\"", "\"actor\":null")]
    [InlineData("[\"ps_a\"]", "\"ps_a\"")]
    [InlineData("[\"ps_a\"]", "[null]")]
    [InlineData("{\"purpose\":\"own-marketing\"}", "\"text\"")]
    [InlineData("{\"purpose\":\"own-marketing\"}", "{\"purpose\":}")]
    [InlineData("2026-03-01T12:00:00.007000Z", "2026-03-01T12:00:00.007000")]
    [InlineData("2026-03-01T12:00:00.007000Z", "2026-03-01T13:00:00.007000+01:00")]
    [InlineData("2026-03-01T12:00:00.007000Z", "yesterday")]
    public void A_leaf_with_a_wrong_member_is_refused(string was, string becomes)
    {
        Assert.Contains(was, Good, StringComparison.Ordinal);
        Assert.Throws<MalformedLeafException>(() => Leaf.Read(Encoding.UTF8.GetBytes(Good.Replace(was, becomes, StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("not json")]
    public void What_is_no_leaf_is_refused(string text) => Assert.Throws<MalformedLeafException>(() => Leaf.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_text_no_index_takes_is_cut_for_searching_and_kept_in_the_bytes()
    {
        var bytes = Leaves.Bytes("consent", 7, stream: new string('x', 299) + "😀", actor: "a\\u0000b");
        var leaf = Leaf.Read(bytes);
        Assert.Equal(new string('x', 299), leaf.Stream);
        Assert.Equal("a\uFFFDb", leaf.Actor);
        Assert.Equal(bytes, leaf.Bytes.ToArray());
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused() => Assert.Throws<MalformedLeafException>(() => Leaf.Read(new byte[] { 0xff, 0xfe, 0x00 }));

    [Fact]
    public void What_follows_the_object_is_refused() => Assert.Throws<MalformedLeafException>(() => Leaf.Read(Encoding.UTF8.GetBytes(Good + "{}")));

    [Fact]
    public void A_leaf_cut_off_anywhere_is_refused()
    {
        var bytes = Encoding.UTF8.GetBytes(Good);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<MalformedLeafException>(() => Leaf.Read(bytes.AsMemory(0, length)));
    }
}
