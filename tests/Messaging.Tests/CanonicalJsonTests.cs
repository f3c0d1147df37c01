using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Integritet.Messaging.Tests;

public sealed class CanonicalJsonTests
{
    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Of(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void The_example_of_RFC_8785_3_2_2_comes_out_as_printed_there()
    {
        const string json = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;

        Assert.Equal("""{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""", Canonical(json));
    }

    [Fact]
    public void Members_are_sorted_by_UTF_16_code_units_as_in_RFC_8785_3_2_3()
    {
        const string json = """
            {
              "\u20ac": "Euro Sign",
              "\r": "Carriage Return",
              "\ufb33": "Hebrew Letter Dalet With Dagesh",
              "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face",
              "\u0080": "Control",
              "\u00f6": "Latin Small Letter O With Diaeresis"
            }
            """;

        using var document = JsonDocument.Parse(CanonicalJson.Of(Encoding.UTF8.GetBytes(json)));

        Assert.Equal(
            ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"],
            document.RootElement.EnumerateObject().Select(m => m.Value.GetString()));
    }

    /// <summary>RFC 8785 appendix B: IEEE 754 bits and their JSON form.</summary>
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    public void A_number_is_written_as_RFC_8785_appendix_B_lists_it(string bits, string expected)
    {
        var value = BitConverter.UInt64BitsToDouble(ulong.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

        Assert.Equal(expected, Canonical(value.ToString("E16", CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("1.0", "1")]
    [InlineData("-0", "0")]
    [InlineData("100", "100")]
    [InlineData("1e2", "100")]
    [InlineData("9007199254740991", "9007199254740991")]
    [InlineData("0.10", "0.1")]
    [InlineData("1e-7", "1e-7")]
    [InlineData("123456789012345", "123456789012345")]
    public void Equal_numbers_have_one_form(string json, string expected) => Assert.Equal(expected, Canonical(json));

    [Fact]
    public void Every_double_reads_back_as_itself()
    {
        var random = new Random(8785);
        for (var i = 0; i < 200_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsFinite(value)) continue;
            var canonical = Canonical(value.ToString("R", CultureInfo.InvariantCulture));
            Assert.Equal(value, double.Parse(canonical, CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void Nested_objects_are_sorted_too_and_whitespace_goes() =>
        Assert.Equal("""{"a":[{"x":1,"y":{"k":[],"m":{}}}],"b":""}""", Canonical(""" { "b" : "" , "a" : [ { "y" : { "m" : { } , "k" : [ ] } , "x" : 1 } ] } """));

    [Fact]
    public void Canonical_bytes_stay_as_they_are()
    {
        const string json = """{"a":"å\u0001\t","b":{"c":[1,2.5,"😀"]},"\\":null}""";
        var once = Canonical(json);

        Assert.Equal(once, Canonical(once));
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"b":1,"a":2,"\u0061":3}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""["\ud800"]""")]
    [InlineData("1e400")]
    [InlineData("1 2")]
    [InlineData("")]
    [InlineData("[1")]
    [InlineData("NaN")]
    public void What_has_no_canonical_form_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Canonical(json));

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused() => Assert.ThrowsAny<JsonException>(() => CanonicalJson.Of([(byte)'"', 0xC3, 0x28, (byte)'"']));
}
