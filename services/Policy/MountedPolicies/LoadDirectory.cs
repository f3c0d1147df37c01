using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PolicyEngine;
using Integritet.Policy.Versions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Integritet.Policy.MountedPolicies;

/// <summary>What became of the files in <c>Policy__Directory</c>; the service is degraded while one is faulty.</summary>
public sealed class DirectoryHealth : IHealthCheck
{
    private volatile string? _fault;

    public void Report(string? fault) => _fault = fault;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_fault is { } fault ? HealthCheckResult.Degraded(fault) : HealthCheckResult.Healthy());
}

/// <summary>
/// Publishes the mounted policies at start, as principal <c>policy-directory</c>. A file becomes a version when it says something else than both the newest version and the last one that came from the
/// directory: so an edited file is published, and what an officer published since is not undone by a restart. Two replicas that start together publish it once.
/// </summary>
public sealed partial class LoadDirectory(
    IConfiguration configuration, VersionList versions, EventStreams streams, TimeProvider time, DirectoryHealth health, ILogger<LoadDirectory> logger) : IHostedService
{
    private const string Principal = "policy-directory";
    private const int MaxAttempts = 16;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var directory = configuration["Policy:Directory"];
        if (string.IsNullOrEmpty(directory))
            return;
        if (!Directory.Exists(directory))
            throw new InvalidOperationException($"Policy__Directory: '{directory}' is not there. It holds one <controller>.yaml for each controller.");
        var faulty = new List<string>();
        foreach (var file in Directory.EnumerateFiles(directory, "*.yaml").Order(StringComparer.Ordinal))
            if (!await LoadAsync(file, cancellationToken))
                faulty.Add(Path.GetFileName(file));
        health.Report(faulty.Count == 0 ? null : $"Not published, since faulty: {string.Join(", ", faulty)}.");
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> LoadAsync(string path, CancellationToken cancellationToken)
    {
        var file = Path.GetFileName(path);
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        if (Problems(bytes, out var policy) is { Length: > 0 } problems)
        {
            foreach (var problem in problems)
                Faulty(file, problem.ToString());
            return false;
        }
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
            if (await TryLoadAsync(file, Encoding.UTF8.GetString(bytes), policy!, cancellationToken))
                return true;
        throw new EventStoreUnavailableException($"{file} could not be published: others kept changing the policy.");
    }

    private static ImmutableArray<PolicyProblem> Problems(byte[] bytes, out PolicyDocument? policy)
    {
        policy = null;
        if (PolicyParser.Parse(bytes) is PolicyParseResult.Faulty faulty)
            return faulty.Problems;
        policy = ((PolicyParseResult.Parsed)PolicyParser.Parse(bytes)).Document;
        return PolicyCheck.Run(CompiledPolicy.Compile(policy));
    }

    /// <summary>False when another replica or an officer was faster: look again.</summary>
    private async Task<bool> TryLoadAsync(string file, string document, PolicyDocument policy, CancellationToken cancellationToken)
    {
        var controller = policy.Controller.Id;
        var newest = await versions.NewestAsync(controller, cancellationToken);
        var fromFile = await versions.NewestFromFileAsync(controller, cancellationToken);
        if (!Says(newest, policy) && !Says(fromFile, policy))
        {
            var next = (newest?.Version ?? 0) + 1;
            return await DraftAsync(file, document, policy, next, cancellationToken) && await PublishAsync(policy, next, cancellationToken);
        }
        // A draft of ours is left when a replica dies in between.
        return fromFile is null || fromFile.PublishedAt is not null || !Says(fromFile, policy) || await PublishAsync(policy, fromFile.Version, cancellationToken);
    }

    private static bool Says(VersionRow? row, PolicyDocument policy) => string.Equals(row?.Hash, policy.Hash, StringComparison.Ordinal);

    private Task<bool> DraftAsync(string file, string document, PolicyDocument policy, int version, CancellationToken cancellationToken) =>
        AppendAsync(policy.Controller.Id, version, ExpectedVersion.NoStream, new PolicyDrafted(version, policy.Hash, document, file, time.GetUtcNow()), cancellationToken);

    private async Task<bool> PublishAsync(PolicyDocument policy, int version, CancellationToken cancellationToken)
    {
        var controller = policy.Controller.Id;
        var loaded = await streams.LoadAsync(PolicyVersion.Aggregate, controller, version.ToString(CultureInfo.InvariantCulture), cancellationToken: cancellationToken);
        var newest = await versions.NewestPublishedAsync(controller, cancellationToken);
        switch (PublishPolicy.Decide(loaded.State, newest?.Version, effectiveFrom: null, time.GetUtcNow()))
        {
            case Decided.Accepted { Events: [PolicyVersionPublished published] }:
                if (!await AppendAsync(controller, version, ExpectedVersion.Exactly(loaded.Version), published, cancellationToken))
                    return false;
                Published(controller, version, published.EffectiveFrom);
                return true;
            case Decided.Refused refused:
                Faulty(controller, refused.Problem.Detail ?? refused.Problem.Title);
                return true;
            default:
                return true;
        }
    }

    private async Task<bool> AppendAsync(string controller, int version, ExpectedVersion expected, object @event, CancellationToken cancellationToken)
    {
        var stream = PolicyVersion.Aggregate.StreamOf(version.ToString(CultureInfo.InvariantCulture));
        var cause = Guid.CreateVersion7().ToString();
        var result = await streams.AppendAsync(
            controller, stream, expected, [@event], new EventMetadata(cause, cause, Principal), new AppendOptions { StreamType = PolicyVersion.Aggregate.Name }, cancellationToken);
        return result is AppendResult.Appended;
    }

    [LoggerMessage(LogLevel.Information, "Policy {Controller} version {Version} is published and takes effect at {EffectiveFrom}.")]
    private partial void Published(string controller, int version, DateTimeOffset effectiveFrom);

    [LoggerMessage(LogLevel.Error, "The policy in {File} is not published: {Problem}")]
    private partial void Faulty(string file, string problem);
}
