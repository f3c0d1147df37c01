namespace Integritet.PersonalData.Tests;

public sealed class SubjectIdTests
{
    [Theory]
    [InlineData("email", " Rut.Testperson@Mail.Example ", "rut.testperson@mail.example")]
    [InlineData("email", "åsa@smörgås.example", "åsa@xn--smrgs-pra0j.example")]
    [InlineData("email", "rut+news@mail.example", "rut+news@mail.example")]
    [InlineData("phone", "+46 (0)70-123 45 67", "+46701234567")]
    [InlineData("phone", "0046701234567", "+46701234567")]
    [InlineData("phone", "+1.212.555.0100", "+12125550100")]
    [InlineData("customer-number", " k-17a ", "K-17A")]
    [InlineData("account", "a-7", "A-7")]
    public void Spellings_of_one_identifier_have_one_normal_form(string type, string value, string normal)
    {
        Assert.True(SubjectId.TryParse(type, value, out var subject, out _));
        Assert.Equal(normal, subject.Value);
        Assert.True(SubjectId.TryParse(type, subject.Value, out var again, out _));
        Assert.Equal(subject, again);
    }

    [Fact]
    public void A_decomposed_spelling_is_the_same_identifier()
    {
        Assert.True(SubjectId.TryParse("email", "a\u030Asa@mail.example", out var decomposed, out _));
        Assert.True(SubjectId.TryParse("email", "\u00E5sa@mail.example", out var composed, out _));
        Assert.Equal(composed, decomposed);
    }

    [Theory]
    [InlineData("email", "no-at.example", "value")]
    [InlineData("email", "@mail.example", "value")]
    [InlineData("email", "rut@", "value")]
    [InlineData("email", "rut@mail..example", "value")]
    [InlineData("email", "rut testperson@mail.example", "value")]
    [InlineData("email", "Rut <rut@mail.example>", "value")]
    [InlineData("email", "rut@mail.example\0", "value")]
    [InlineData("email", "rut\ud800@mail.example", "value")]
    [InlineData("phone", "070-123 45 67", "value")]
    [InlineData("phone", "+46 70 CALL ME", "value")]
    [InlineData("phone", "+1234567890123456", "value")]
    [InlineData("phone", "+٤٦٧٠١٢٣٤٥٦٧", "value")]
    [InlineData("account", "   ", "value")]
    [InlineData("account", null, "value")]
    [InlineData("passport", "X1", "type")]
    [InlineData("Email", "rut@mail.example", "type")]
    [InlineData(null, "rut@mail.example", "type")]
    public void What_is_no_identifier_is_refused_without_repeating_it(string? type, string? value, string member)
    {
        Assert.False(SubjectId.TryParse(type, value, out var subject, out var problem));
        Assert.Null(subject);
        Assert.Equal(member, problem.Member);
        Assert.DoesNotContain("rut", problem.Detail, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void An_over_long_identifier_is_refused() => Assert.False(SubjectId.TryParse("account", new string('A', 321), out _, out _));

    [Fact]
    public void An_identifier_does_not_show_itself_in_text()
    {
        Assert.True(SubjectId.TryParse("email", "rut@mail.example", out var subject, out _));
        Assert.Equal("email", $"{subject}");
    }
}
