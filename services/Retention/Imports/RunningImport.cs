using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Retention.Imports;

/// <summary>One import under way: while a part is being stored, the next is read. At most two parts are in memory.</summary>
internal sealed class RunningImport(HoldingImporter importer, LineParser parser, CommandContext command, string importId, PolicyVersion policy, long fromLine, int maxProblems)
{
    private readonly List<LineProblem> _problems = [];
    private List<ImportLine> _part = [];
    private Task<ChunkDecision>? _storing;
    private long _partBytes;
    private long _read = fromLine - 1;
    private long _storingTo;
    private long _accepted;
    private long _rejected;
    private long _lastLine = fromLine - 1;

    /// <summary>What has become of it so far.</summary>
    public ImportHoldings.Answer Answer => new(importId, _accepted, _rejected, _lastLine, _problems);

    /// <summary>Reads to the end. What the body broke off with is given back, after every whole line that was read before it was stored.</summary>
    public async Task<Exception?> RunAsync(LineReader lines)
    {
        Exception? broken = null;
        try
        {
            while (await lines.NextAsync() is { } line)
                await TakeAsync(line);
        }
        catch (Exception e) when (e is IOException or BadHttpRequestException or OperationCanceledException)
        {
            broken = e;
        }
        await StoreAsync();
        await FinishStoringAsync();
        return broken;
    }

    private async Task TakeAsync(Line line)
    {
        _read = line.Number;
        if (parser.Parse(line) is { } parsed)
            _part.Add(parsed);
        _partBytes += line.Bytes.Length;
        if (_part.Count >= HoldingImporter.MaxLines || _partBytes >= HoldingImporter.MaxBytes)
            await StoreAsync();
    }

    private async Task StoreAsync()
    {
        await FinishStoringAsync();
        var (part, upTo) = (_part, _read);
        (_part, _partBytes, _storingTo) = ([], 0, upTo);
        if (part.Count > 0)
            _storing = Task.Run(() => importer.StoreAsync(command.Controller, importId, part, upTo, policy, command.Metadata));
        else
            _lastLine = upTo;
    }

    private async Task FinishStoringAsync()
    {
        if (_storing is null)
            return;
        var decision = await _storing;
        _storing = null;
        _accepted += decision.Stored.Count + decision.Repeated;
        _rejected += decision.Problems.Count;
        _problems.AddRange(decision.Problems.Take(maxProblems - _problems.Count));
        _lastLine = _storingTo;
    }
}
