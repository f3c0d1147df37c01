using Integritet.Platform.PolicyEngine;
using Integritet.Policy.Notice;

namespace Integritet.Policy.Checking;

/// <summary>The verb <c>notice FILE [LANGUAGE] [--markdown]</c>: what the public notice of a policy would say, before anybody hands it in. Ends with 1 when the file is no policy, 2 when it cannot be read.</summary>
public static class PreviewNotice
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, TextWriter output, TextWriter errors)
    {
        var words = arguments.Where(argument => argument != "--markdown").ToArray();
        if (words.Length is 0 or > 2)
        {
            await errors.WriteLineAsync("notice FILE [LANGUAGE] [--markdown]: name a policy file.");
            return 2;
        }
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(words[0]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync($"{words[0]}: error: cannot be read: {e.Message}");
            return 2;
        }
        if (PolicyParser.Parse(bytes) is not PolicyParseResult.Parsed { Document: var policy })
        {
            await errors.WriteLineAsync($"{words[0]}: error: is no policy; 'check {words[0]}' says why.");
            return 1;
        }
        var language = words.ElementAtOrDefault(1) ?? policy.Controller.Languages[0];
        if (!policy.Controller.Languages.Contains(language, StringComparer.Ordinal))
        {
            await errors.WriteLineAsync($"{words[0]}: error: is not written in '{language}', but in {string.Join(", ", policy.Controller.Languages)}.");
            return 1;
        }
        var page = NoticeBuilder.Build(policy, language, version: 1, time.GetUtcNow(), time.GetUtcNow());
        await output.WriteAsync(arguments.Contains("--markdown", StringComparer.Ordinal) ? MarkdownNotice.Render(page) : HtmlNotice.Render(page));
        return 0;
    }
}
