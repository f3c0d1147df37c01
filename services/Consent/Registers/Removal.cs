using Integritet.Platform.Hosting;

namespace Integritet.Consent.Registers;

/// <summary>Takes an entry out of its register. The request says nothing beyond the id in its path; a body may be left out.</summary>
internal sealed record Removal
{
    /// <param name="http">The request.</param>
    /// <param name="commands">Runs it.</param>
    /// <param name="aggregate">The register's kind of entry.</param>
    /// <param name="id">Which entry.</param>
    /// <param name="decide">Pure.</param>
    /// <param name="subjects">Pseudonyms of those whom the entry is about.</param>
    /// <param name="view">The entry as callers see it.</param>
    public static async Task<IResult> RunAsync<TState>(
        HttpContext http, Commands commands, Aggregate<TState> aggregate, Guid id, Func<TState, Decided> decide, Func<TState, IReadOnlyList<string>> subjects, Func<TState, object> view)
    {
        var command = http.Command();
        if (!(await http.ReadRawBodyAsync()).IsEmpty)
            _ = await http.ReadBodyAsync<Removal>();
        return await commands.RunAsync(
            command, aggregate, id.ToString(), decide, answered => Results.Json(view(answered.State), JsonText.Options, statusCode: answered.Status), subjects);
    }
}
