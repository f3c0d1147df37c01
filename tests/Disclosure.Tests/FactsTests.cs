using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Disclosure.Tests;

/// <summary>What Disclosure tells, as Consent decides by it: both run, on a real broker.</summary>
public sealed class FactsTests(Installation installation)
{
    [Fact]
    public async Task A_case_permits_from_when_it_is_effective_until_its_closure_is()
    {
        var (register, asks) = await BothAsync();
        var reference = Register.SomeReference();
        (await asks.InvestigateAsync(reference)).ShouldRefuse("PA-3", "case-missing");
        await register.OpenAsync(reference);
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        (await asks.InvestigateAsync(reference)).ShouldPermit("PA-3");

        await register.CloseAsync(reference);
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        (await asks.InvestigateAsync(reference)).ShouldRefuse("PA-3", "case-missing");
    }

    [Fact]
    public async Task A_case_with_subjects_covers_them_alone()
    {
        var (register, asks) = await BothAsync();
        var reference = Register.SomeReference();
        var opened = await register.OpenAsync(reference, "eva@example.se");
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        (await asks.InvestigateAsync(reference, "eva@example.se")).ShouldPermit("PA-3");
        (await asks.InvestigateAsync((string)opened["caseId"]!, "Eva@Example.SE")).ShouldPermit("PA-3");
        (await asks.InvestigateAsync(reference, "bo@example.se")).ShouldRefuse("PA-3", "case-missing");
        (await asks.InvestigateAsync(reference)).ShouldRefuse("PA-3", "case-missing");
    }

    [Fact]
    public async Task Subjects_that_are_added_narrow_a_case_that_covered_everybody()
    {
        var (register, asks) = await BothAsync();
        var reference = Register.SomeReference();
        await register.OpenAsync(reference);
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        (await asks.InvestigateAsync(reference, "bo@example.se")).ShouldPermit("PA-3");

        using var lines = new StringContent("""{"type":"email","value":"eva@example.se"}""", System.Text.Encoding.UTF8, "application/x-ndjson");
        (await register.PostAsync($"cases/{reference}/subjects", lines)).Ok();
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        (await asks.InvestigateAsync(reference, "bo@example.se")).ShouldRefuse("PA-3", "case-missing");
        (await asks.InvestigateAsync(reference, "eva@example.se")).ShouldPermit("PA-3");
    }

    [Fact]
    public async Task Staff_read_what_they_have_a_right_to_once_they_have_signed()
    {
        var (register, asks) = await BothAsync();
        var employee = await register.RecipientAsync("employee");
        var path = $"recipients/{employee["recipientId"]}";
        await register.GrantAsync(employee, "email");
        await register.EffectiveAsync(path, r => r["accessRights"]![0]!["effectiveAt"]);
        (await asks.ReadAsync(employee, "employee", "email")).ShouldRefuse("PA-5", "agreement-missing");

        await register.SignAsync(employee, "nda");
        await register.EffectiveAsync(path, r => r["agreements"]![0]!["effectiveAt"]);
        (await asks.ReadAsync(employee, "employee", "email")).ShouldPermit("PA-4");
        (await asks.ReadAsync(employee, "employee", "name")).ShouldRefuse("PA-4", "access-right-missing");
        (await asks.ReadAsync(employee, "employee", "email", encrypted: false)).ShouldRefuse("PA-4", "not-encrypted");
    }

    [Fact]
    public async Task Nobody_gains_by_saying_they_are_something_else()
    {
        var (register, asks) = await BothAsync();
        var supplier = await register.RecipientAsync("supplier");
        await register.SignAsync(supplier, "nda");
        await register.EffectiveAsync($"recipients/{supplier["recipientId"]}", r => r["agreements"]![0]!["effectiveAt"]);
        (await asks.ReadAsync(supplier, "supplier", "email")).ShouldRefuse("PA-6", "category-forbidden");
        (await asks.ReadAsync(supplier, "employee", "email")).ShouldRefuse("PA-5", "agreement-missing");
    }

    [Fact]
    public async Task A_decision_names_the_facts_it_rests_on_and_is_explained_by_them()
    {
        var (register, asks) = await BothAsync();
        var reference = Register.SomeReference();
        var opened = await register.OpenAsync(reference, "eva@example.se");
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        var before = await asks.InvestigateAsync(reference, "eva@example.se");
        await register.CloseAsync(reference);
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);

        var explained = await asks.ExplainAsync(before);
        Assert.Equal("identical", (string?)explained["replayed"]);
        Assert.Equal(["case", "case-subject"], explained["facts"]!.AsArray().Select(f => (string?)f!["kind"]));
        Assert.All(explained["facts"]!.AsArray(), f => Assert.Equal((string?)opened["caseId"], (string?)f!["id"]));
    }

    [Fact]
    public async Task Asked_as_of_an_instant_a_case_stands_as_it_was_known_then()
    {
        var (register, asks) = await BothAsync();
        var reference = Register.SomeReference();
        var before = await asks.InvestigateAsync(reference);
        await register.OpenAsync(reference);
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        var during = await asks.InvestigateAsync(reference);
        await register.CloseAsync(reference);
        await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        (await asks.InvestigateAsOfAsync(reference, before)).ShouldRefuse("PA-3", "case-missing");
        (await asks.InvestigateAsOfAsync(reference, during)).ShouldPermit("PA-3");
    }

    [Fact]
    public async Task Data_goes_outside_the_EEA_to_a_recipient_with_a_safeguard_for_its_country()
    {
        var (register, asks) = await BothAsync("almena");
        var recipient = await register.RecipientAsync("subcontractor", "US", "standard-contractual-clauses");
        await register.EffectiveAsync($"recipients/{recipient["recipientId"]}", r => r["effectiveAt"]);
        (await asks.TransferAsync(recipient, "US")).ShouldPermit("AL-10");
        (await asks.TransferAsync(recipient, "IN")).ShouldRefuse("AL-10", "safeguard-missing");
    }

    private async Task<(Register Register, Asks Asks)> BothAsync(string controller = "privatealps") =>
        (await Register.OfAsync(installation, controller), new Asks(installation, await installation.ConsentAsync(), controller));
}

/// <summary>A system of a controller that asks Consent.</summary>
internal sealed class Asks(Installation installation, ServiceProcess consent, string controller = "privatealps")
{
    public async Task<JsonNode> InvestigateAsync(string reference, string? email = null) => (await TryInvestigateAsync(reference, email)).Ok();

    public Task<Answer> TryInvestigateAsync(string reference, string? email = null) => AskAsync(
        new { operation = "use", purpose = "abuse-investigation", categories = new[] { "vpn-log" }, @case = reference }, email);

    /// <summary>Asks again what was asked, as of then.</summary>
    public async Task<JsonNode> InvestigateAsOfAsync(string reference, JsonNode then) => (await AskAsync(
        new { operation = "use", purpose = "abuse-investigation", categories = new[] { "vpn-log" }, @case = reference, at = (string?)then["evaluatedAt"] }, role: Roles.Auditor)).Ok();

    public async Task<JsonNode> ReadAsync(JsonNode recipient, string kind, string category, bool encrypted = true) => (await AskAsync(
        new { operation = "access", categories = new[] { category }, actor = new { kind, id = (string?)recipient["recipientId"], encrypted } })).Ok();

    public async Task<JsonNode> TransferAsync(JsonNode recipient, string destination) => (await AskAsync(
        new { operation = "transfer", categories = new[] { "email" }, actor = new { kind = "supplier", id = (string?)recipient["recipientId"] }, context = new { destination } })).Ok();

    public async Task<JsonNode> ExplainAsync(JsonNode decision) =>
        (await consent.GetAsync($"/v1/{controller}/decisions/{decision["decisionId"]}/explanation", installation.Token(Roles.Auditor))).Ok();

    private Task<Answer> AskAsync(object question, string? email = null, string role = Roles.System)
    {
        var asked = System.Text.Json.JsonSerializer.SerializeToNode(question)!;
        if (email is not null)
            asked["subject"] = new JsonObject { ["type"] = "email", ["value"] = email };
        return consent.PostAsync($"/v1/{controller}/decisions", installation.Token(role), asked.ToJsonString());
    }
}

/// <summary>What an answer must be.</summary>
internal static class AnswerExtensions
{
    public static void ShouldPermit(this JsonNode answer, string clause)
    {
        Assert.True((string?)answer["outcome"] == "permit", $"not permitted: {answer}");
        Assert.Contains(clause, answer["rules"]!.AsArray().Select(r => (string?)r));
    }

    public static void ShouldRefuse(this JsonNode answer, string clause, string code)
    {
        Assert.True((string?)answer["outcome"] == "refuse", $"not refused: {answer}");
        Assert.True(answer["reasons"]!.AsArray().Any(r => (string?)r!["rule"] == clause && (string?)r["code"] == code), $"not by {clause} {code}: {answer}");
    }
}
