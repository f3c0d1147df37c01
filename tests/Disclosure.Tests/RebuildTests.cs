using System.Net;
using Integritet.Platform.Hosting;
using Npgsql;

namespace Integritet.Disclosure.Tests;

public sealed class RebuildTests(Installation installation)
{
    [Fact]
    public async Task What_decisions_and_lists_look_up_is_rebuilt_as_it_stands()
    {
        var (disclosure, consent) = (await installation.DisclosureAsync(), await installation.ConsentAsync());
        var register = await Register.OfAsync(installation);
        var employee = await register.RecipientAsync("employee");
        await register.SignAsync(employee, "nda");
        await register.GrantAsync(employee, "email", "name");
        var (open, closed) = (Register.SomeReference(), Register.SomeReference());
        await register.OpenAsync(open, "a@example.se", "b@example.se");
        await register.OpenAsync(closed);
        using var lines = new StringContent("""{"type":"email","value":"c@example.se"}""", System.Text.Encoding.UTF8, "application/x-ndjson");
        (await register.PostAsync($"cases/{open}/subjects", lines)).Ok();
        await register.CloseAsync(closed);
        await Until.TrueAsync(EverythingToldIsConfirmedAsync);

        foreach (var (projection, table) in new[] { ("recipients", "recipient"), ("cases", "case_on_record"), ("fact-confirmations", "fact_confirmation") })
            await SameAfterRebuildAsync(disclosure, projection, installation.DatabaseOf("disclosure"), table);
        foreach (var table in new[] { "known_recipient", "known_agreement", "known_access_right", "known_case", "known_case_subject" })
            await SameAfterRebuildAsync(consent, table.Replace('_', '-') + "s", installation.DatabaseOf("consent"), table);
    }

    /// <summary>Of what this test and those before it put on record nothing is on its way any more. The opening of a case that has been closed may be overtaken by the closure, and is then never applied.</summary>
    private async Task<bool> EverythingToldIsConfirmedAsync()
    {
        await using var source = NpgsqlDataSource.Create(installation.DatabaseOf("disclosure"));
        await using var command = source.CreateCommand(
            """
            select not exists (
                select from mt_events e
                where e.type in ('recipient-registered.v1', 'agreement-registered.v1', 'access-right-granted.v1', 'case-opened.v1', 'case-subjects-added.v1', 'case-closed.v1')
                and not exists (
                    select from fact_confirmation c
                    where c.tenant_id = e.tenant_id and c.stream = e.stream_id
                    and (c.version = e.version or (e.type = 'case-opened.v1' and c.version > e.version))))
            """);
        return (bool)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private async Task SameAfterRebuildAsync(ServiceProcess service, string projection, string database, string table)
    {
        var before = await ContentAsync(database, table);
        Assert.NotEqual("", before);
        await Until.TrueAsync(async () => (await service.PostAsync($"/internal/projections/{projection}/rebuild", installation.Token(Roles.Service), "")).Status == HttpStatusCode.OK);
        Assert.Equal(before, await ContentAsync(database, table));
    }

    private static async Task<object?> ContentAsync(string database, string table)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var content = source.CreateCommand($"select coalesce(string_agg(t::text, E'\n' order by t::text), '') from {table} t");
        return await content.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
