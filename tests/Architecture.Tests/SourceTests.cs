namespace Integritet.ArchitectureTests;

/// <summary>What must not stand in the source.</summary>
public sealed class SourceTests
{
    [Fact]
    public void Nothing_is_left_to_do() => Assert.Empty(LinesWith(["TODO", "FIXME", "HACK", "XXX", "NotImplementedException"], "services", "gateway", "tests"));

    [Fact]
    public void No_test_is_skipped() => Assert.Empty(LinesWith(["Skip =", "Skip=", "Assert.Skip", "SkipUnless", "SkipWhen"], "tests"));

    [Fact]
    public void No_folder_is_named_for_nothing_in_particular() =>
        Assert.DoesNotContain(
            Parts.SourceFiles("services", "gateway", "tests").SelectMany(file => Parts.Relative(file).Split('/')),
            part => part is "Common" or "Helpers" or "Utils" or "Utilities" or "Managers" or "Shared" or "Misc");

    private static IEnumerable<string> LinesWith(string[] words, params string[] folders) =>
        from file in Parts.SourceFiles(folders)
        where !file.EndsWith("SourceTests.cs", StringComparison.Ordinal)
        from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
        where words.Any(word => line.Text.Contains(word, StringComparison.Ordinal))
        select $"{Parts.Relative(file)}:{line.Number}: {line.Text.Trim()}";
}
