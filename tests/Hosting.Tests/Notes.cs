using Integritet.Platform.PersonalData;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Integritet.Hosting.Tests;

/// <summary>The smallest service that uses all of the frame: notes, which are written, counted up and closed.</summary>
public static class Notes
{
    public static Aggregate<Note?> Aggregate { get; } = new("note", null, Evolve);

    /// <summary>Signals and gates for tests that need a request to be under way.</summary>
    public static void Map(WebApplication app, Gate gate)
    {
        app.MapPost("/v1/{controller}/notes", async Task<IResult> (HttpContext http, Commands commands) =>
        {
            var body = await http.ReadBodyAsync<WriteNote>();
            return await commands.RunAsync(
                http.Command(), Aggregate, Guid.CreateVersion7().ToString("N"), _ => Decided.Accept(201, new NoteWritten(body.Text, body.Count)), Answer, isNew: true);
        }).RequireRoles(Roles.System);

        app.MapPost("/v1/{controller}/notes/{id}/closing", (HttpContext http, Commands commands, string id) => commands.RunAsync(
            http.Command(), Aggregate, id, DecideClosing, Answer)).RequireRoles(Roles.System, Roles.Officer);

        app.MapPut("/v1/{controller}/notes/{id}", async (HttpContext http, Commands commands, string id) =>
        {
            var body = await http.ReadBodyAsync<WriteNote>();
            return await commands.RunAsync(
                http.Command(), Aggregate, id, note => note is null ? Decided.Refuse(Problems.NotFound()) : Decided.Accept(200, new NoteWritten(body.Text, body.Count)), Answer, requireIfMatch: true);
        }).RequireRoles(Roles.Officer);

        app.MapPost("/v1/{controller}/counters/{id}", (HttpContext http, Commands commands, string id) => commands.RunAsync(
            http.Command(), Aggregate, id, note => Decided.Accept(200, new NoteWritten("counter", (note?.Count ?? 0) + 1)), Answer)).RequireRoles(Roles.System);

        app.MapGet("/v1/{controller}/notes/{id}", async Task<IResult> (HttpContext http, EventStreams streams, string id) =>
        {
            var (note, version) = await streams.LoadAsync(Aggregate, http.Controller(), id);
            http.SetETag(version);
            return note is null ? Problems.NotFound() : TypedResults.Ok(new NoteAnswer(id, note.Text, note.Count, note.Closed));
        }).RequireRoles(Roles.Any);

        app.MapPost("/v1/{controller}/echo", async Task<IResult> (HttpContext http) => TypedResults.Ok(await http.ReadBodyAsync<Everything>())).RequireRoles(Roles.System);
        app.MapGet("/v1/{controller}/caller", (HttpContext http) => TypedResults.Ok(http.Caller())).RequireRoles(Roles.Any);
        app.MapGet("/v1/{controller}/slow", () => gate.PassAsync()).RequireRoles(Roles.System);
        app.MapGet("/v1/{controller}/broken", string () => throw new InvalidOperationException("secret.person@mail.example")).RequireRoles(Roles.System);
        app.MapGet("/v1/{controller}/forgotten", () => "an endpoint that says nobody");
        app.MapGet("/v1/{controller}/public", () => "for all").AllowAnonymous();
        app.MapGet("/internal/secret", () => "between services").RequireService();
    }

    private static Decided DecideClosing(Note? note) => note switch
    {
        null => Decided.Refuse(Problems.NotFound()),
        { Closed: true } => Decided.Refuse(Problems.Conflict("The note is closed already.")),
        _ => Decided.Accept(200, new NoteClosed()),
    };

    private static IResult Answer(Answered<Note?> answered) => TypedResults.Json(
        new NoteAnswer(answered.ResourceId, answered.State!.Text, answered.State.Count, answered.State.Closed), JsonText.Options, statusCode: answered.Status);

    private static Note? Evolve(Note? note, object @event) => @event switch
    {
        NoteWritten written => new Note(written.Text, written.Count, Closed: false),
        NoteClosed => note! with { Closed = true },
        _ => throw new InvalidOperationException($"{@event.GetType()} is no event of a note."),
    };
}

public sealed record Note(string Text, int Count, bool Closed);

public sealed record WriteNote(string Text, int Count = 0);

public sealed record NoteAnswer(string Id, string Text, int Count, bool Closed);

public sealed record Everything(
    string Text, int? Number = null, bool? Yes = null, DateTimeOffset? At = null, Kind? Kind = null, Inner? Inner = null, IReadOnlyList<string>? Items = null, string? Optional = null);

public sealed record Inner(string Name, IReadOnlyList<Inner>? More = null);

public enum Kind
{
    WebForm,
    Order,
}

[StoredEvent("note-written.v1")]
public sealed record NoteWritten(string Text, int Count);

[StoredEvent("note-closed.v1")]
public sealed record NoteClosed;

[StoredEvent("secret-told.v1")]
public sealed record SecretTold([DataSubject] string Subject, [Personal] string? Secret);

/// <summary>Holds a request until the test lets it go.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Entered => _entered.Task;

    public void Open() => _open.TrySetResult();

    public async Task<string> PassAsync()
    {
        _entered.TrySetResult();
        await _open.Task;
        return "done";
    }
}
