using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

/// <summary>The policy of one controller of the running system, as its officer changes it and as everybody reads it.</summary>
internal sealed class Publishing(Installation installation, string controller)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Hands in the policy in force with another introduction: what it decides stays as it was for the tests beside this one.</summary>
    public async Task<int> DraftAsync()
    {
        var document = await TextAsync("policies/in-force", "application/yaml", "officer");
        var line = document.Split('\n').First(l => l.StartsWith("  en: ", StringComparison.Ordinal));
        var marked = document.Replace(line, string.Create(CultureInfo.InvariantCulture, $"{line.TrimEnd()} {Guid.CreateVersion7():n}."), StringComparison.Ordinal);
        using var content = new StringContent(marked, Encoding.UTF8, "application/yaml");
        using var response = await installation.As("officer").PostAsync(new Uri(Path("policies"), UriKind.Relative), content, Cancel);
        return (int)(await Calls.ReadAsync(response, HttpStatusCode.Created))["version"]!;
    }

    public Task<JsonNode> PublishAsync(int version, DateTimeOffset? effectiveFrom = null, HttpStatusCode expected = HttpStatusCode.OK) =>
        installation.As("officer").PostAsync(Path($"policies/{version}/publication"), effectiveFrom is null ? new JsonObject() : new JsonObject { ["effectiveFrom"] = effectiveFrom }, expected);

    public Task<JsonNode> InForceAsync() => installation.As("auditor").GetAsync(Path("policies/in-force"), HttpStatusCode.OK);

    public Task<JsonNode> GetAsync(int version) => installation.As("auditor").GetAsync(Path($"policies/{version}"), HttpStatusCode.OK);

    /// <summary>The public notice, read by nobody in particular.</summary>
    public Task<string> NoticeAsync(string version, string language, string mediaType = "text/markdown") => TextAsync($"policies/{version}/notice?lang={language}", mediaType, "nobody");

    public async Task<HttpStatusCode> NoticeStatusAsync(int version)
    {
        using var response = await installation.As("nobody").GetAsync(new Uri(Path($"policies/{version}/notice"), UriKind.Relative), Cancel);
        return response.StatusCode;
    }

    private async Task<string> TextAsync(string path, string mediaType, string person)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(path)) { Headers = { Accept = { new MediaTypeWithQualityHeaderValue(mediaType) } } };
        using var response = await installation.As(person).SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return text;
    }

    private string Path(string path) => $"/v1/{controller}/{path}";
}

/// <summary>What PA-8 and DV-11 promise alike: no version decides anything before it is published.</summary>
internal static class PublicationBeforeEffect
{
    public static async Task HoldsAsync(Controller controller, Publishing policy, Func<Task<JsonNode>> ask, string clause)
    {
        // A version that another test has just published may still be on its way to who decides.
        var inForce = (int)(await policy.InForceAsync())["version"]!;
        var before = await Calls.EventuallyAsync(ask, a => (int?)a["policyVersion"] == inForce, $"version {inForce} decides");
        var version = await policy.DraftAsync();
        Assert.Equal((int?)before["policyVersion"], (int?)(await ask())["policyVersion"]);
        Assert.Equal(HttpStatusCode.NotFound, await policy.NoticeStatusAsync(version));

        var tooEarly = await policy.PublishAsync(version, (DateTimeOffset)before["evaluatedAt"]!, HttpStatusCode.UnprocessableEntity);
        var error = Assert.Single(tooEarly["errors"]!.AsArray())!;
        Assert.Equal(("not-published", clause, "/effectiveFrom"), ((string?)error["code"], (string?)error["rule"], (string?)error["pointer"]));

        // So far ahead that it cannot come meanwhile, however slow the machine is; the clock is moved to it below.
        var published = await policy.PublishAsync(version, await controller.NowAsync() + TimeSpan.FromHours(1));
        var (publishedAt, effectiveFrom) = ((DateTimeOffset)published["publishedAt"]!, (DateTimeOffset)published["effectiveFrom"]!);
        Assert.True(effectiveFrom > publishedAt);
        Assert.Equal(HttpStatusCode.OK, await policy.NoticeStatusAsync(version));
        Assert.Equal((int?)before["policyVersion"], (int?)(await ask())["policyVersion"]);

        await controller.AdvanceToAsync(effectiveFrom);
        JsonNode? answer = null;
        await Calls.EventuallyAsync(async () => answer = await ask(), a => (int?)a!["policyVersion"] == version, $"version {version} decides");
        Assert.True((DateTimeOffset)answer!["evaluatedAt"]! >= effectiveFrom);
        Assert.Equal((string?)before["outcome"], (string?)answer["outcome"]);
        Assert.Equal("in-force", (string?)(await policy.GetAsync(version))["status"]);
        Assert.Equal("superseded", (string?)(await policy.GetAsync((int)before["policyVersion"]!))["status"]);
    }
}
