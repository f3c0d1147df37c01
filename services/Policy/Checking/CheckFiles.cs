using Integritet.Platform.PolicyEngine;

namespace Integritet.Policy.Checking;

/// <summary>
/// The verb <c>check FILE…</c>: everything that publication would check, without a server. Prints <c>file:line:column: error: message</c> as editors and CI read it. Ends with 0 when all files may be
/// published, 1 when one may not, 2 when there is nothing to check or a file cannot be read.
/// </summary>
public static class CheckFiles
{
    public static async Task<int> RunAsync(IReadOnlyList<string> files, TextWriter output, TextWriter errors)
    {
        if (files.Count == 0)
        {
            await errors.WriteLineAsync("check FILE…: name at least one policy file.");
            return 2;
        }
        var exitCode = 0;
        foreach (var file in files)
            exitCode = Math.Max(exitCode, await CheckAsync(file, output, errors));
        return exitCode;
    }

    private static async Task<int> CheckAsync(string file, TextWriter output, TextWriter errors)
    {
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync($"{file}: error: cannot be read: {e.Message}");
            return 2;
        }
        var result = PolicyParser.Parse(bytes);
        var problems = result switch
        {
            PolicyParseResult.Faulty faulty => faulty.Problems,
            PolicyParseResult.Parsed parsed => PolicyCheck.Run(CompiledPolicy.Compile(parsed.Document)),
            _ => throw new InvalidOperationException($"{result.GetType()} is no outcome of parsing."),
        };
        foreach (var problem in problems)
            await errors.WriteLineAsync($"{file}:{problem.Line}:{problem.Column}: error: {problem.Message}{(problem.Pointer.Length == 0 ? "" : $" ({problem.Pointer})")}");
        if (problems.Length > 0 || result is not PolicyParseResult.Parsed sound)
            return 1;
        await output.WriteLineAsync($"{file}: ok: {sound.Document.Controller.Id}, {sound.Document.Clauses.Count} clauses, {sound.Document.Examples.Length} examples, hash {sound.Document.Hash}");
        return 0;
    }
}
