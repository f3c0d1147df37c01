using System.Text;
using System.Text.Json;
using Integritet.Consent.Decisions;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.PolicyEngine;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class QuestionBodyTests
{
    [Fact]
    public void Every_operation_of_the_contract_is_understood() =>
        Assert.All(["collect", "use", "link", "access", "notify", "transfer", "store", "disclose"], name => Assert.Equal(name, Normal(new QuestionBody(name)).Operation.ToString().ToLowerInvariant()));

    [Fact]
    public void An_unknown_operation_is_pointed_at() => Assert.Equal(["/operation"], Faults(new QuestionBody("sell")));

    [Fact]
    public void No_identifier_stays_in_clear()
    {
        var question = Normal(new QuestionBody(
            "notify", Subject: new NamedSubject("email", "Anna@Example.se"), Actor: new("user", Subject: new NamedSubject("phone", "+46 70 123 45 67"), Address: "192.0.2.10"),
            Context: new(To: "ops@customer.example", Account: "a-7")));
        var recorded = Encoding.UTF8.GetString(EventJson.Serialize(question));
        Assert.DoesNotContain("nna@", recorded, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("ops@customer", recorded, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("70123", recorded, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2", recorded, StringComparison.Ordinal);
        Assert.DoesNotContain("a-7", recorded, StringComparison.OrdinalIgnoreCase);
        Assert.All([question.Subject, question.Actor!.Subject, question.Actor.Address, question.Context!.To, question.Context.Account], p => Assert.True(Pseudonyms.IsWellFormed(p)));
    }

    [Fact]
    public void An_address_written_to_has_the_pseudonym_it_has_as_a_subject()
    {
        var question = Normal(new QuestionBody("notify", Subject: new NamedSubject("email", "ops@customer.example"), Context: new(To: " OPS@customer.example ")));
        Assert.Equal(question.Subject, question.Context!.To);
    }

    [Fact]
    public void A_forged_sender_is_hidden_too() => Assert.True(Pseudonyms.IsWellFormed(Normal(new QuestionBody("notify", Context: new(From: "<script>, no address"))).Context!.From));

    [Fact]
    public void Two_spellings_of_a_network_address_are_one() =>
        Assert.Equal(
            Normal(new QuestionBody("access", Actor: new("employee", Address: "2001:db8::1"))).Actor!.Address,
            Normal(new QuestionBody("access", Actor: new("employee", Address: "2001:0db8:0:0::1"))).Actor!.Address);

    [Fact]
    public void What_is_no_network_address_is_pointed_at() => Assert.Equal(["/actor/address"], Faults(new QuestionBody("access", Actor: new("employee", Address: "here"))));

    [Fact]
    public void A_subject_of_no_kind_is_pointed_at() => Assert.Equal(["/subject/type"], Faults(new QuestionBody("use", Subject: new NamedSubject("shoe-size", "42"))));

    [Fact]
    public void A_message_has_one_direction() => Assert.Equal(["/context/from"], Faults(new QuestionBody("notify", Context: new(To: "a@b.se", From: "b@a.se"))));

    [Fact]
    public void Faults_of_a_batch_say_which_question()
    {
        var faults = new List<ProblemError>();
        Assert.Null(new QuestionBody("sell").Normalise("almena", Key, "/7", faults));
        Assert.Equal("/7/operation", Assert.Single(faults).Pointer);
    }

    [Fact]
    public void An_unencrypted_channel_is_the_default() => Assert.False(Normal(new QuestionBody("access", Actor: new("employee"))).ToAsked().Encrypted);

    [Theory]
    [InlineData(null, false)]
    [InlineData(" ", false)]
    [InlineData("contract 4", true)]
    public void A_lawful_source_must_say_something(string? stated, bool counts) =>
        Assert.Equal(counts, Normal(new QuestionBody("collect", LawfulSource: stated)).ToAsked().LawfulSource);

    [Fact]
    public void From_asks_about_a_message_that_came_in() => Assert.Equal(Direction.Incoming, Normal(new QuestionBody("notify", Context: new(From: "a@b.se"))).ToAsked().Direction);

    [Fact]
    public void The_recorded_question_survives_storage()
    {
        var question = Normal(new QuestionBody(
            "use", "own-marketing", ["email"], new NamedSubject("email", "a@b.se"), Source: "order", Context: new(Country: "SE", NetworkAllows: ["name"]), Exception: new("legal-claim", "T 4")));
        var again = (RecordedQuestion)EventJson.Deserialize(EventJson.Serialize(question), typeof(RecordedQuestion));
        Assert.Equal(JsonSerializer.Serialize(question), JsonSerializer.Serialize(again));
    }

    private static RecordedQuestion Normal(QuestionBody body)
    {
        var faults = new List<ProblemError>();
        var question = body.Normalise("almena", Key, "", faults);
        Assert.Empty(faults);
        return question!;
    }

    private static IEnumerable<string?> Faults(QuestionBody body)
    {
        var faults = new List<ProblemError>();
        Assert.Null(body.Normalise("almena", Key, "", faults));
        return faults.Select(f => f.Pointer);
    }
}
