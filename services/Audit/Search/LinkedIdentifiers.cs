using Integritet.Audit.Ledger;
using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Audit.Search;

/// <summary>
/// All identifiers of a person, as the ledger itself tells: the links that Consent recorded and did not remove, followed from one to the next. So a timeline needs no other service, and is as complete as the ledger.
/// </summary>
public sealed class LinkedIdentifiers(NpgsqlDataSource database)
{
    private const string Linked = "subjects-linked.v1";
    private const string Removed = "subject-link-removed.v1";

    // Consent links far fewer; nobody's timeline may make the database look for more.
    private const int Most = 1_000;

    /// <summary>Pseudonyms of the person behind one of them, that one first. Throws <see cref="EventStoreUnavailableException"/> when the database is away.</summary>
    public async Task<IReadOnlyList<string>> OfAsync(string controller, string subject, CancellationToken cancellationToken)
    {
        List<string> person = [subject];
        for (var known = 0; known < person.Count && person.Count < Most;)
        {
            var newcomers = person[known..];
            known = person.Count;
            foreach (var link in await Outage.TranslateAsync(NewestOfEachLinkAsync(controller, newcomers, cancellationToken)))
                if (link.Type == Linked)
                    person.AddRange(link.Subjects.Except(person, StringComparer.Ordinal).ToArray());
        }
        return person;
    }

    private async Task<IReadOnlyCollection<Leaf>> NewestOfEachLinkAsync(string controller, IReadOnlyCollection<string> subjects, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            select l.leaf from ledger_subject s join ledger_leaf l on l.controller = s.controller and l.index = s.index
            where s.controller = $1 and s.subject = any($2) and l.service = 'consent' and l.type = any($3)
            order by l.index
            """);
        command.Parameters.Add(new() { Value = controller });
        command.Parameters.Add(new() { Value = subjects.ToArray() });
        command.Parameters.Add(new() { Value = new[] { Linked, Removed } });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var newest = new Dictionary<string, Leaf>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            var leaf = Leaf.Read(reader.GetFieldValue<byte[]>(0));
            newest[leaf.Stream] = leaf;
        }
        return newest.Values;
    }
}
