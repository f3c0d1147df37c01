using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Integritet.Servers;

namespace Integritet.SystemTests;

/// <summary>README's tour is run as it stands, and answers what it says.</summary>
public sealed class ReadmeTests(Installation installation)
{
    private const string Separator = "--- next block ---";

    private static readonly Regex Block = new(@"^```(?<language>sh|json|text)\n(?<body>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));

    private static readonly Regex Link = new(@"\]\((?<path>[^):]+)\)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));

    private static string Readme => File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Fact]
    public async Task The_five_minute_tour_answers_what_it_says()
    {
        var tour = Readme[Readme.IndexOf("## Five minutes", StringComparison.Ordinal)..Readme.IndexOf("## Good to know", StringComparison.Ordinal)];
        var email = Calls.SomeEmail();
        var steps = StepsOf(tour.Replace("http://127.0.0.1:8080", installation.Url.OriginalString.TrimEnd('/'), StringComparison.Ordinal).Replace("ada@customer.example", email, StringComparison.Ordinal));
        Assert.True(steps.Count >= 7);

        // The ledger follows within moments; the tour's reader is slower than this test, so the last step waits.
        await RunAsync(steps[..^1]);
        await Calls.EventuallyAsync(() => installation.TimelineAsync("almena", email), items => items.Count(item => item.Text("service") == "consent") == 5, "the tour in the ledger");
        await RunAsync([steps[0], steps[^1]]);
    }

    [Fact]
    public void Every_file_it_names_is_there() =>
        Assert.All(Link.Matches(Readme).Select(match => match.Groups["path"].Value), path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), path));

    private async Task RunAsync(IReadOnlyList<(string Commands, List<(string Language, string Body)> Answers)> steps)
    {
        var script = string.Join($"\necho '{Separator}'\n", steps.Select(step => step.Commands));
        var outcome = await installation.RunAsync("bash", $"set -euo pipefail\n{script}", []);
        outcome.ShouldSucceed();
        var outputs = outcome.Output.Split(Separator);
        Assert.Equal(steps.Count, outputs.Length);
        foreach (var (step, output) in steps.Zip(outputs))
            foreach (var (language, body) in step.Answers)
                AssertAnswers(language, body.Trim(), output.Trim(), step.Commands);
    }

    private static void AssertAnswers(string language, string expected, string output, string commands)
    {
        if (language == "text")
        {
            Assert.Equal(expected, output);
            return;
        }

        var answer = JsonNode.Parse(output)!.AsObject();
        foreach (var (member, value) in JsonNode.Parse(expected)!.AsObject())
            Assert.True(JsonNode.DeepEquals(value, answer[member]), $"{commands}\nanswers {output}\nand not {member}: {value?.ToJsonString()}");
    }

    /// <summary>A block of commands and the answers that stand right after it.</summary>
    private static List<(string Commands, List<(string Language, string Body)> Answers)> StepsOf(string tour)
    {
        var steps = new List<(string Commands, List<(string Language, string Body)> Answers)>();
        foreach (Match match in Block.Matches(tour))
        {
            if (match.Groups["language"].Value == "sh")
                steps.Add((match.Groups["body"].Value, []));
            else
                steps[^1].Answers.Add((match.Groups["language"].Value, match.Groups["body"].Value));
        }

        return steps;
    }
}
