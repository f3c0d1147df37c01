using System.Text.Json.Nodes;
using Integritet.Servers;

namespace Integritet.Policy.Tests;

/// <summary>The mounted directory of policies.</summary>
public sealed class DirectoryTests(SharedServers servers) : IClassFixture<SharedServers>, IAsyncLifetime
{
    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await servers.InstallAsync();

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task A_policy_in_the_directory_is_in_force_when_the_service_has_started()
    {
        Write("small.yaml", Documents.Small());
        var policy = await _installation.StartAsync(withDirectory: true);
        Assert.Equal(1, (int)(await policy.GetAsync("/v1/small/policies/in-force")).Expect(200).Json["version"]!);
    }

    [Fact]
    public async Task Two_replicas_that_start_at_once_publish_it_once()
    {
        Write("small.yaml", Documents.Small());
        var replicas = await Task.WhenAll(_installation.StartAsync(withDirectory: true), _installation.StartAsync(withDirectory: true));
        Assert.Equal(["in-force"], await StatusesAsync(replicas[0]));
    }

    [Fact]
    public async Task A_second_start_publishes_nothing_new()
    {
        Write("small.yaml", Documents.Small());
        await (await _installation.StartAsync(withDirectory: true)).DisposeAsync();
        Assert.Equal(["in-force"], await StatusesAsync(await _installation.StartAsync(withDirectory: true)));
    }

    [Fact]
    public async Task An_edited_file_is_a_new_version()
    {
        Write("small.yaml", Documents.Small());
        await (await _installation.StartAsync(withDirectory: true)).DisposeAsync();
        Write("small.yaml", Documents.Small(label: "help"));
        Assert.Equal(["superseded", "in-force"], await StatusesAsync(await _installation.StartAsync(withDirectory: true)));
    }

    [Fact]
    public async Task A_comment_in_the_file_is_no_new_version()
    {
        Write("small.yaml", Documents.Small());
        await (await _installation.StartAsync(withDirectory: true)).DisposeAsync();
        Write("small.yaml", "# a remark\n" + Documents.Small());
        Assert.Equal(["in-force"], await StatusesAsync(await _installation.StartAsync(withDirectory: true)));
    }

    [Fact]
    public async Task What_an_officer_published_since_is_not_undone_by_a_restart()
    {
        Write("small.yaml", Documents.Small());
        var first = await _installation.StartAsync(withDirectory: true);
        await first.DraftAsync(Documents.Small(label: "help"));
        await first.PublishAsync(2);
        await first.DisposeAsync();
        Assert.Equal(["superseded", "in-force"], await StatusesAsync(await _installation.StartAsync(withDirectory: true)));
    }

    [Fact]
    public async Task A_faulty_file_degrades_the_service_and_keeps_no_other_from_being_published()
    {
        Write("broken.yaml", Documents.Small(controller: "broken").Replace("support:", "suport", StringComparison.Ordinal));
        Write("failing.yaml", Documents.Small(controller: "failing", expect: "refuse"));
        Write("small.yaml", Documents.Small());

        var policy = await _installation.StartAsync(withDirectory: true);

        Assert.Equal(["in-force"], await StatusesAsync(policy));
        var ready = (await policy.GetAsync("/health/ready")).Expect(200).Json;
        Assert.Contains("policy-directory", ready["degraded"]!.AsArray().Select(part => (string)part!));
    }

    [Fact]
    public async Task The_five_shipped_policies_are_published_at_first_start()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "policies"), "*.yaml"))
            File.Copy(file, Path.Combine(_installation.Policies.FullName, Path.GetFileName(file)));
        var policy = await _installation.StartAsync(withDirectory: true);
        var versions = policy.Services.GetService(typeof(Versions.VersionList)) as Versions.VersionList;
        var published = await versions!.PublishedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["almena", "bg-network-services", "did-virtual-numbers", "netip", "privatealps"], published.Select(p => p.Controller));
    }

    private void Write(string file, string document) => File.WriteAllText(Path.Combine(_installation.Policies.FullName, file), document);

    private static async Task<string[]> StatusesAsync(Replica policy) =>
        [.. (await policy.GetAsync("/v1/small/policies")).Expect(200).Json["items"]!.AsArray().Select((JsonNode? version) => (string)version!["status"]!)];
}
