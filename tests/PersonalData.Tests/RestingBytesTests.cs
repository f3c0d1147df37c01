using System.Text;

namespace Integritet.PersonalData.Tests;

public sealed class RestingBytesTests
{
    [Fact]
    public async Task No_personal_value_is_found_in_any_file_of_the_database_server()
    {
        await using var server = await PostgresServer.StartPrivateAsync();
        await using (var replica = await Replica.StartAsync(await server.CreateDatabaseAsync(), [Replica.NewKey()]))
        {
            for (var i = 0; i < 50; i++)
                await replica.AppendAsync($"contact-{i}", new ContactAgreed($"ps_{i}", "kind-not-personal", $"secret.person.{i}@mail.example"));
            await replica.ScalarAsync("checkpoint");
        }

        // A running server deletes files while they are being read.
        await server.KillAsync();

        Assert.NotEmpty(FilesWith(server.State, "kind-not-personal"));
        Assert.Empty(FilesWith(server.State, "secret.person"));
    }

    private static string[] FilesWith(string directory, string text) =>
        [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0)];
}
