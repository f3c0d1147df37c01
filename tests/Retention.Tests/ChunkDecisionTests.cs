using System.Text;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Retention.Holdings;
using Integritet.Retention.Imports;
using Integritet.Retention.Plans;
using Integritet.Retention.Systems;
using Integritet.Retention.Triggers;

namespace Integritet.Retention.Tests;

/// <summary>What lines of an import come to, and how they are told apart; no I/O.</summary>
public sealed class ChunkDecisionTests
{
    private static readonly KnownFacts Nothing = new(7, new Dictionary<(TriggerTarget, string), List<ToldTrigger>>(), new Dictionary<string, List<AgreedPeriod>>());
    private readonly LineParser _parser = new(
        "netip", new Caller("gateway", "key") { Systems = ["*", "!vault"] }, Pure.Policy("netip"), new SystemRegister(), new Pseudonyms(new InstallationSecret(new byte[32])), TimeProvider.System);

    [Fact]
    public void Of_two_lines_with_one_key_the_first_counts()
    {
        var decision = Decide(Line("a", "delivery"), Line("a", "delivery"), Line("a", "assignment"));

        Assert.Single(decision.Stored);
        Assert.Equal(1, decision.Repeated);
        Assert.Equal(3, Assert.Single(decision.Problems).Line);
    }

    [Fact]
    public void What_is_held_already_is_repeated_and_what_is_gone_is_held_anew_as_the_next_generation()
    {
        var held = Row(Decide(Line("a", "delivery")).Stored[0], HoldingRows.Held);
        var erased = Row(Decide(Line("b", "delivery")).Stored[0], HoldingRows.Erased);

        var decision = Decide([held, erased], Line("a", "delivery"), Line("b", "delivery"));

        Assert.Equal((1, 2), (decision.Repeated, Assert.Single(decision.Stored).Generation));
        Assert.NotEqual(erased.HoldingId, decision.Stored[0].HoldingId);
    }

    [Fact]
    public void What_the_line_before_was_told_is_told_of_no_other_kind_of_line()
    {
        var mail = Line("c", "service-delivery").Replace("\"name\"", "\"mail-message\"", StringComparison.Ordinal);
        var decision = Decide(
            Line("a", "delivery"), Line("b", "delivery"), mail.Replace("crm", "mail", StringComparison.Ordinal), mail.Replace("crm", "case", StringComparison.Ordinal), mail.Replace("crm", "netflow", StringComparison.Ordinal).Replace("\"c\"", "\"d\"", StringComparison.Ordinal),
            Line("e", "delivery").Replace("\"name\"", "\"visitor-data\"", StringComparison.Ordinal));

        Assert.Equal(["LAW-5", "LAW-5", "NI-7", "LAW-5"], decision.Stored.Select(s => s.Plan.Rule));
        Assert.Equal([(5L, "NI-11"), (6L, "NI-1")], decision.Problems.Select(p => (p.Line, p.Errors[0].Rule!)));
    }

    [Fact]
    public void A_line_is_read_as_strictly_as_a_registration()
    {
        Assert.Null(_parser.Parse(new Line(1, Encoding.UTF8.GetBytes("  \t"), TooLong: false)));
        Assert.Equal(["/colour"], Faults(Line("a", "delivery").Replace("{", "{\"colour\":1,", StringComparison.Ordinal).Replace("\"subject\":{\"colour\":1,", "\"subject\":{", StringComparison.Ordinal)));
        Assert.Equal(["/system"], Faults(Line("a", "delivery").Replace("crm", "vault", StringComparison.Ordinal)));
        Assert.Equal(["/reference"], Faults(Line("a", "delivery").Replace("\"a\"", "\"\\u0000\"", StringComparison.Ordinal)));
        Assert.Single(Assert.IsType<ImportLine>(_parser.Parse(new Line(1, new byte[] { 0xC3, 0x28 }, TooLong: false))).Faults);
        Assert.Single(Assert.IsType<ImportLine>(_parser.Parse(new Line(1, default, TooLong: true))).Faults);
    }

    [Fact]
    public async Task A_body_is_taken_apart_into_lines_however_it_arrives()
    {
        var text = $"one\r\ntwo\n\n{new string('x', 200_000)}\nthree";
        var pipe = new System.IO.Pipelines.Pipe();
        var writing = Task.Run(async () =>
        {
            foreach (var piece in Encoding.UTF8.GetBytes(text).Chunk(977))
                await pipe.Writer.WriteAsync(piece, TestContext.Current.CancellationToken);
            await pipe.Writer.CompleteAsync();
        }, TestContext.Current.CancellationToken);
        var lines = new List<string>();
        var reader = new LineReader(pipe.Reader, 10);
        while (await reader.NextAsync() is { } line)
            lines.Add($"{line.Number} {(line.TooLong ? "too long" : Encoding.UTF8.GetString(line.Bytes.Span))}");
        await writing;

        Assert.Equal(["10 one", "11 two", "12 ", "13 too long", "14 three"], lines);
    }

    private ChunkDecision Decide(params string[] lines) => Decide([], lines);

    private ChunkDecision Decide(IReadOnlyList<HoldingRow> held, params string[] lines) => ChunkDecision.Of(
        [.. lines.Select((text, i) => _parser.Parse(new Line(i + 1, Encoding.UTF8.GetBytes(text), TooLong: false))!)], Nothing, held.ToDictionary(h => (h.Data.System, h.Data.Reference)),
        Pure.Policy("netip"), Guid.CreateVersion7);

    private IEnumerable<string?> Faults(string line) => _parser.Parse(new Line(1, Encoding.UTF8.GetBytes(line), TooLong: false))!.Faults.Select(f => f.Pointer);

    private static HoldingRow Row(ImportedHolding one, string status) => new(one.HoldingId, one.Generation, one.Data, status, 3);

    private static string Line(string reference, string purpose) =>
        $$"""{"subject":{"type":"email","value":"anna@customer.example"},"system":"crm","categories":["name"],"purposes":["{{purpose}}"],"reference":"{{reference}}"}""";
}
