using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Integritet.SystemTests;

/// <summary>After traffic with personal values, their bytes are in no file of the database, the broker or the logs.</summary>
public sealed class PersonalBytesTests(Installation installation)
{
    [Fact]
    public async Task No_personal_value_is_found_in_any_file()
    {
        var mark = $"{Guid.CreateVersion7():n}";
        var email = $"zoe.{mark}@customer.example";
        var reference = $"signed by Zoe {mark} in person";
        var system = installation.As("system");
        var consent = await system.PostAsync("/v1/almena/consents", Calls.Consent(email, "own-marketing", reference), HttpStatusCode.Created);
        var id = consent.Text("consentId");
        await system.PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"));
        await system.PostAsync("/v1/almena/consents/search", new JsonObject { ["subject"] = Calls.Subject(email) });
        await system.PostAsync("/v1/almena/consents", Calls.Consent(email, "nonsense", reference), HttpStatusCode.UnprocessableEntity);
var withdrawal = new JsonObject { ["method"] = "web-form" };
        await system.PostAsync($"/v1/almena/consents/{id}/withdrawal", withdrawal);
        await Calls.EventuallyAsync(() => installation.TimelineAsync("almena", email), items => items.Count(item => item.Text("service") == "consent") >= 3, "the traffic in the ledger");

        // The search finds what is there: the consent's id, in the database.
        var postgres = await installation.StateOfAsync("postgres");
        Assert.NotEmpty(FilesWith([postgres], id));
        // Every value holds the mark, so that any part of one is found.
        Assert.Empty(FilesWith([postgres, await installation.StateOfAsync("rabbitmq"), Path.Combine(installation.State, "logs")], mark));
    }

    [Fact]
    public async Task No_recipients_name_and_no_word_about_a_case_is_found_in_any_file()
    {
        var mark = $"{Guid.CreateVersion7():n}";
        var reference = $"abuse-{Guid.CreateVersion7():n}";
        var officer = installation.As("officer");
        var employee = new JsonObject { ["kind"] = "employee", ["name"] = $"Zoe {mark}", ["country"] = "CH" };
        var id = (await officer.PostAsync("/v1/privatealps/recipients", employee, HttpStatusCode.Created)).Text("recipientId");
        var opening = new JsonObject
        {
            ["kind"] = "abuse-investigation", ["reference"] = reference, ["reason"] = $"Zoe {mark} was reported", ["subjects"] = new JsonArray(Calls.Subject($"zoe.{mark}@customer.example")),
        };
        await officer.PostAsync("/v1/privatealps/cases", opening, HttpStatusCode.Created);
        await officer.PostAsync($"/v1/privatealps/cases/{reference}/closure", new JsonObject { ["text"] = $"Zoe {mark} did not do it" });
        await Calls.EventuallyAsync(
            () => officer.GetAsync($"/v1/privatealps/cases/{reference}", HttpStatusCode.OK), found => found["effectiveAt"] is not null, "the closure known to all who decide");
        Assert.Equal($"Zoe {mark}", (await officer.GetAsync($"/v1/privatealps/recipients/{id}", HttpStatusCode.OK)).Text("name"));

        var postgres = await installation.StateOfAsync("postgres");
        Assert.NotEmpty(FilesWith([postgres], reference));
        Assert.Empty(FilesWith([postgres, await installation.StateOfAsync("rabbitmq"), Path.Combine(installation.State, "logs")], mark));
    }

    private static List<string> FilesWith(IEnumerable<string> directories, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. directories.SelectMany(directory => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)).Where(file => Holds(file, bytes))];
    }

    private static bool Holds(string path, ReadOnlySpan<byte> wanted)
    {
        try
        {
            using var file = File.Open(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete });
            var buffer = new byte[1 << 20];
            var kept = 0;
            while (file.Read(buffer.AsSpan(kept)) is > 0 and var read)
            {
                var filled = buffer.AsSpan(0, kept + read);
                if (filled.IndexOf(wanted) >= 0)
                    return true;
                // A value may lie across two reads.
                kept = Math.Min(wanted.Length - 1, filled.Length);
                filled[^kept..].CopyTo(buffer);
            }

            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Servers remove files of theirs meanwhile.
            return false;
        }
    }
}
