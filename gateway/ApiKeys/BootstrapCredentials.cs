using System.Text.Json;
using System.Text.Json.Serialization;
using Integritet.Gateway.Access;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Microsoft.Extensions.Options;

namespace Integritet.Gateway.ApiKeys;

/// <summary>
/// <c>bootstrap-credentials</c>: gives a local installation its first keys, once. The file is written first and the keys are granted from it, so that a run that was cut off is completed by the
/// next one, and a second run changes nothing.
/// </summary>
public static class BootstrapCredentials
{
    public const string Verb = "bootstrap-credentials";

    private const string Grantor = "bootstrap";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // A local installation's clock may be moved by years (--test-clock): its keys outlive that.
    private static readonly TimeSpan Life = TimeSpan.FromDays(365 * 100);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
    };

    /// <summary>What the file holds: where the installation is, and a key for each of seven different persons.</summary>
    public sealed record CredentialsFile(string Url, string System, string System2, string Officer, string Officer2, string Auditor, string Operator, string Operator2);

    private sealed record LocalKey(string Name, Role Role, IReadOnlyList<string> Systems, Func<CredentialsFile, string> Text);

    private static readonly LocalKey[] Keys =
    [
        new("system", Role.System, ["*", "!vault"], file => file.System),
        new("system2", Role.System, ["vault"], file => file.System2),
        new("officer", Role.Officer, [], file => file.Officer),
        new("officer2", Role.Officer, [], file => file.Officer2),
        new("auditor", Role.Auditor, [], file => file.Auditor),
        new("operator", Role.Operator, ["*"], file => file.Operator),
        new("operator2", Role.Operator, ["*"], file => file.Operator2),
    ];

    /// <summary>Runs the verb and gives the process's exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            using var host = BuildHost(args);
            await host.StartAsync();
            try
            {
                var options = host.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
                await GrantAsync(ReadOrWrite(options), host.Services.GetRequiredService<EventStreams>(), host.Services.GetRequiredService<TimeProvider>());
                return 0;
            }
            finally
            {
                await host.StopAsync();
            }
        }
        catch (Exception e) when (e is OptionsValidationException or EventStoreUnavailableException or Npgsql.NpgsqlException or IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            await Console.Error.WriteLineAsync($"{Verb}: {e.Message}");
            return 1;
        }
    }

    private static IHost BuildHost(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddSecretsByFile();
        builder.Logging.AddFilter(level => level >= LogLevel.Warning);
        builder.Services.AddOptions<GatewayOptions>().Bind(builder.Configuration.GetSection("Gateway")).ValidateOnStart()
            .Validate(options => options.CredentialsFile.Length > 0, "Gateway__CredentialsFile is not set: name the file to write.");
        builder.Services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        builder.Services.AddEventStore(builder.Configuration, StoredEvents.In(typeof(Program).Assembly), [AccessLog.Projection]);
        return builder.Build();
    }

    /// <summary>The keys of the file; new ones where there is no file yet. Only the address is brought up to date in a file that exists.</summary>
    public static CredentialsFile ReadOrWrite(GatewayOptions options)
    {
        var path = Path.GetFullPath(options.CredentialsFile);
        if (!File.Exists(path))
        {
            var made = new CredentialsFile(options.PublicUrl, NewKey(), NewKey(), NewKey(), NewKey(), NewKey(), NewKey(), NewKey());
            if (Write(path, made, overwrite: false))
                return made;
        }

        var read = JsonSerializer.Deserialize<CredentialsFile>(File.ReadAllBytes(path), Json) ?? throw new FormatException($"'{path}' holds no credentials; move it away.");
        if (read.Url != options.PublicUrl)
            Write(path, read = read with { Url = options.PublicUrl }, overwrite: true);
        return read;
    }

    private static string NewKey() => KeySecret.Text(Guid.CreateVersion7(), KeySecret.Generate());

    // Whole or not at all, and readable by its owner alone from its first byte. False: another run was faster.
    private static bool Write(string path, CredentialsFile content, bool overwrite)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Guid.CreateVersion7():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerOnly;
            using (var file = new FileStream(temporary, options))
            {
                JsonSerializer.Serialize(file, content, Json);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite);
            return true;
        }
        catch (IOException) when (!overwrite && File.Exists(path))
        {
            return false;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task GrantAsync(CredentialsFile file, EventStreams streams, TimeProvider time)
    {
        foreach (var key in Keys)
        {
            var (id, hash) = Parse(key.Text(file), key.Name);
            var events = Decide(key, id, hash, time.GetUtcNow());
            var metadata = new EventMetadata(Grantor, Verb, Grantor);
            var result = await streams.AppendAsync(
                ApiCall.Installation, ApiKey.Aggregate.StreamOf(id.ToString("N")), ExpectedVersion.NoStream, events, metadata, new AppendOptions { StreamType = ApiKey.Aggregate.Name });
            if (result is not (AppendResult.Appended or AppendResult.VersionConflict))
                throw new InvalidOperationException($"Granting a key cannot end as {result.GetType()}.");
        }
    }

    private static (Guid Id, byte[] Hash) Parse(string text, string name)
    {
        var secret = new byte[KeySecret.Bytes];
        return KeySecret.TryParse(text, out var id, secret) ? (id, KeySecret.Hash(secret)) : throw new FormatException($"The file's key '{name}' is not one; move the file away.");
    }

    private static List<object> Decide(LocalKey key, Guid id, byte[] hash, DateTimeOffset now)
    {
        var created = new ApiKeyCreated(
            id, $"local {key.Name}", $"local-{key.Name}", RoleNames.Of(key.Role), ["*"], key.Systems, now + Life, Convert.ToBase64String(hash), Grantor, Grantor, now);
        var events = new List<object> { created };
        if ((key.Role & RoleNames.NeedingApproval) != Role.None)
            events.Add(new ApiKeyApproved(id, Grantor, Grantor, now));
        return events;
    }
}
