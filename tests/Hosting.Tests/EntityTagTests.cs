using System.Text;

namespace Integritet.Hosting.Tests;

public sealed class EntityTagTests(Database database)
{
    [Fact]
    public async Task If_Match_is_honoured_where_sent_and_required_where_it_must()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync());
        var id = (string)(await service.PostAsync("/v1/almena/notes", """{"text":"a"}""")).Json["id"]!;
        var path = $"/v1/almena/notes/{id}";
        var tag = (await service.GetAsync(path)).Headers.ETag!.ToString();

        (await PutAsync(service, path, null)).AssertProblem(428, "precondition-required");
        (await PutAsync(service, path, "\"99\"")).AssertProblem(412, "precondition-failed");
        (await PutAsync(service, path, "no tag")).AssertProblem(400, "malformed");
        Assert.Equal(200, (await PutAsync(service, path, $"\"99\", {tag}")).Status);
        (await PutAsync(service, path, tag)).AssertProblem(412, "precondition-failed");
        Assert.Equal(200, (await PutAsync(service, path, "*")).Status);
        (await PutAsync(service, "/v1/almena/notes/none", "*")).AssertProblem(412, "precondition-failed");
    }

    private static Task<Answer> PutAsync(NoteService service, string path, string? ifMatch)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new StringContent("""{"text":"b"}""", Encoding.UTF8, "application/json") };
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return service.SendAsync(request, NoteService.System with { Roles = [Roles.Officer] });
    }
}
