using System.Net;
using System.Text;
using System.Text.Json;
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

    [Fact]
    public async Task No_contact_account_evidence_or_network_address_is_found_in_any_file()
    {
        const string bg = "/v1/bg-network-services/";
        var mark = $"{Guid.CreateVersion7():n}";
        var (email, ops, account) = ($"zoe.{mark}@customer.example", $"ops.{mark}@customer.example", $"A-{mark}");
        var address = $"2001:db8:{mark[^16..^12]}:{mark[^12..^8]}:{mark[^8..^4]}:1a2b:3c4d:{mark[^4..]}";
        var (system, officer) = (installation.As("system"), installation.As("officer"));
        var link = await system.PostAsync(
            bg + "subjects/links", Body(new { subjects = new[] { Calls.Subject(email), new JsonObject { ["type"] = "account", ["value"] = account } }, evidence = $"passport of Zoe {mark}" }), HttpStatusCode.Created);
        var contact = await system.PostAsync(bg + "contacts", Body(new { subject = Calls.Subject(email), kind = "email", value = ops, agreedAt = TimeProvider.System.GetUtcNow() }), HttpStatusCode.Created);
        await system.PostAsync(
            bg + "account-relations",
            Body(new { account, subAccount = account + "-1", subject = Calls.Subject(email), role = "sub-account", grantedBy = $"Zoe {mark}", validFrom = TimeProvider.System.GetUtcNow() }), HttpStatusCode.Created);
        await officer.PostAsync(bg + "network-addresses", Body(new { cidr = $"2001:db8:{mark[^16..^12]}::/48", use = "administration", validFrom = TimeProvider.System.GetUtcNow() }), HttpStatusCode.Created);
        await system.PostAsync(bg + "decisions", Body(new { operation = "access", categories = new[] { "device-access" }, actor = new { kind = "employee", id = "zoe", address }, context = new { account } }));
        var notified = await system.PostAsync(bg + "decisions", Body(new { operation = "notify", purpose = "notification", categories = new[] { "technical-parameters" }, subject = Calls.Subject(email), context = new { to = ops } }));
        Assert.Equal("permit", notified.Text("outcome"));
        await system.PostAsync(bg + $"contacts/{contact.Text("contactId")}/removal", new JsonObject());
        await system.PostAsync(bg + $"subjects/links/{link.Text("linkId")}/removal", new JsonObject());
        await Calls.EventuallyAsync(() => installation.TimelineAsync("bg-network-services", email), items => items.Count(item => item.Text("type") == "subject-link-removed.v1") == 1, "the traffic in the ledger");

        var postgres = await installation.StateOfAsync("postgres");
        Assert.NotEmpty(FilesWith([postgres], link.Text("linkId")));
        foreach (var written in new[] { mark, mark.ToUpperInvariant(), address })
            Assert.Empty(FilesWith([postgres, await installation.StateOfAsync("rabbitmq"), Path.Combine(installation.State, "logs")], written));
    }

    private static JsonNode Body(object body) => JsonSerializer.SerializeToNode(body)!;

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
