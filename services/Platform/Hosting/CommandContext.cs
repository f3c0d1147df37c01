using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.EventStore;
using Integritet.Platform.PersonalData;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Integritet.Platform.Hosting;

/// <summary>One command as it came in: for which controller, by whom, in which conversation, under which key. Made by <c>http.Command()</c>.</summary>
/// <param name="Http">The request.</param>
/// <param name="Controller">The tenant.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="Metadata">What is stored with every event.</param>
public sealed record CommandContext(HttpContext Http, string Controller, Caller Caller, EventMetadata Metadata)
{
    /// <summary>The key of header <c>Idempotency-Key</c>, or null.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The same command, concerning these subjects: they go into the events' metadata and into the access record.</summary>
    public CommandContext Concerning(params IReadOnlyList<string> pseudonyms)
    {
        Http.NoteSubjects(pseudonyms);
        return this with { Metadata = Metadata with { Subjects = pseudonyms } };
    }
}

/// <summary>Makes command contexts.</summary>
public static class CommandContextExtensions
{
    private const int MaxKeyLength = 255;

    /// <summary>The command context of this request. A malformed <c>Idempotency-Key</c> is a <see cref="ProblemException"/>.</summary>
    public static CommandContext Command(this HttpContext http)
    {
        var caller = http.Caller();
        var metadata = new EventMetadata(http.CorrelationId(), http.TraceId(), caller.Principal) { TraceParent = System.Diagnostics.Activity.Current?.Id };
        return new CommandContext(http, http.Controller(), caller, metadata) { IdempotencyKey = ReadKey(http.Request) };
    }

    // The draft has a quoted string; most clients send the bare word. Both name the same key.
    private static string? ReadKey(HttpRequest request)
    {
        var values = request.Headers["Idempotency-Key"];
        if (values.Count == 0)
            return null;
        var key = values.Count == 1 ? values[0]!.Trim() : "";
        if (key.Length >= 2 && key[0] == '"' && key[^1] == '"')
            key = key[1..^1];
        if (key.Length is 0 or > MaxKeyLength || !key.All(c => c is > ' ' and <= '~' and not '"' and not '\\'))
        {
            throw new ProblemException(Problems.Malformed(
                "The Idempotency-Key cannot be used.", new ProblemError($"One key of 1 to {MaxKeyLength} visible ASCII characters.", "#header/Idempotency-Key")));
        }

        return key;
    }
}

/// <summary>Makes idempotency records; the hash is keyed, since a request may hold values that can be guessed.</summary>
internal sealed class Idempotency(InstallationSecret secret)
{
    private readonly byte[] _key = secret.Derive("idempotency");

    /// <summary>The scope of a command, or null when it came without a key.</summary>
    public static IdempotencyScope? ScopeOf(CommandContext command) => command.IdempotencyKey is not { } key ? null
        : new IdempotencyScope(command.Controller, command.Caller.Principal, $"{command.Http.Request.Method} {RouteOf(command.Http)}", key);

    /// <summary>HMAC-SHA256 of method, path, query and body.</summary>
    public async Task<byte[]> HashAsync(HttpContext http)
    {
        var body = await http.ReadRawBodyAsync();
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}\n"));
        hmac.AppendData(body.Span);
        return hmac.GetHashAndReset();
    }

    public static bool SameRequest(IdempotencyRecord first, byte[] hash) => CryptographicOperations.FixedTimeEquals(first.RequestHash, hash);

    private static string RouteOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? http.Request.Path;
}
