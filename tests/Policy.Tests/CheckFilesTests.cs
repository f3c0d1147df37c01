using Integritet.Policy.Checking;
using Integritet.Servers;

namespace Integritet.Policy.Tests;

/// <summary>The verbs that need no server.</summary>
public sealed class CheckFilesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task The_shipped_policies_pass_the_check()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "policies"), "*.yaml");
        Assert.Equal(0, await CheckFiles.RunAsync(files, _output, _errors));
        Assert.Equal("", _errors.ToString());
        Assert.Equal(5, _output.ToString().Split("ok:").Length - 1);
    }

    [Fact]
    public async Task A_fault_is_printed_as_editors_read_it_and_fails_the_run()
    {
        await File.WriteAllTextAsync(_file, Documents.Small().Replace("purposes: support}\nstore", "purposes: suport}\nstore", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(1, await CheckFiles.RunAsync([_file], _output, _errors));
        Assert.Equal($"{_file}:26:51: error: unknown purpose 'suport', did you mean 'support'? (/use/allow/0/purposes/0){Environment.NewLine}", _errors.ToString());
    }

    [Fact]
    public async Task An_example_that_fails_fails_the_run()
    {
        await File.WriteAllTextAsync(_file, Documents.Small(expect: "refuse"), TestContext.Current.CancellationToken);
        Assert.Equal(1, await CheckFiles.RunAsync([_file], _output, _errors));
        Assert.Contains("expected refuse, got permit", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_told_apart_from_a_faulty_one()
    {
        Assert.Equal(2, await CheckFiles.RunAsync([_file + ".none"], _output, _errors));
        Assert.Equal(2, await CheckFiles.RunAsync([], _output, _errors));
    }

    [Fact]
    public async Task A_notice_is_previewed_from_a_file()
    {
        await File.WriteAllTextAsync(_file, Documents.Small(), TestContext.Current.CancellationToken);
        Assert.Equal(0, await PreviewNotice.RunAsync([_file, "en", "--markdown"], TimeProvider.System, _output, _errors));
        Assert.StartsWith("# How Small treats personal data", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await PreviewNotice.RunAsync([_file, "sv"], TimeProvider.System, _output, _errors));
    }
}
