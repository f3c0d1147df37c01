using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;

namespace Integritet.Hosting.Tests;

/// <summary>What operators run beside a service: its executable with a word as the first argument.</summary>
public sealed class VerbTests(Database database)
{
    [Fact]
    public async Task Health_asks_the_instance_at_the_configured_address()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync());
        string[] address = [$"--urls=http://0.0.0.0:{service.Address.Port}"];

        Assert.Equal(0, await RunAsync("health", service, address));
        await service.StopAsync();
        Assert.Equal(1, await RunAsync("health", service, address));
    }

    [Theory]
    [InlineData("http://*:8081;http://*:8082", "http://127.0.0.1:8081/")]
    [InlineData("http://127.0.0.1:9000", "http://127.0.0.1:9000/")]
    [InlineData("", "http://127.0.0.1:8080/")]
    public void The_own_address_is_read_from_where_the_service_listens(string urls, string address) =>
        Assert.Equal(address, Verbs.OwnAddress(ServiceHost.CreateBuilder([$"--urls={urls}"], new ServiceDescription("notes", typeof(VerbTests).Assembly))).ToString());

    [Fact]
    public async Task A_key_encryption_key_is_rotated_without_touching_the_running_service()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync());
        await AppendAsync(service, "secret-1");
        var rotated = Path.Combine(Path.GetTempPath(), $"keys-{Guid.CreateVersion7():n}");
        var old = await File.ReadAllTextAsync(service.Identities.PersonalDataKey, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(rotated, $"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\n{old}", TestContext.Current.CancellationToken);

        Assert.Equal(0, await RunAsync("rotate-key-encryption-key", service, $"--PersonalData:KeyEncryptionKeyFile={rotated}"));

        Assert.Equal("secret.person@mail.example", await ReadAsync(service, "secret-1"));
        await using var onlyOld = await NoteService.StartAsync(service.Database, $"--PersonalData:KeyEncryptionKey={old}");
        await Assert.ThrowsAnyAsync<CryptographicException>(() => ReadAsync(onlyOld, "secret-1"));
        await using var both = await NoteService.StartAsync(service.Database, $"--PersonalData:KeyEncryptionKeyFile={rotated}");
        Assert.Equal("secret.person@mail.example", await ReadAsync(both, "secret-1"));
        File.Delete(rotated);
    }

    private static async Task<int> RunAsync(string verb, NoteService service, params string[] settings) =>
        await Verbs.RunAsync(verb, ServiceHost.CreateBuilder([.. service.Settings, .. settings], new ServiceDescription("notes", typeof(VerbTests).Assembly))) ?? -1;

    private static Task<AppendResult> AppendAsync(NoteService service, string stream) => service.Services.GetRequiredService<EventStreams>().AppendAsync(
        NoteService.Controller, stream, ExpectedVersion.NoStream, [new SecretTold("ps_a", "secret.person@mail.example")], new EventMetadata("c", "c", "test"));

    private static async Task<string?> ReadAsync(NoteService service, string stream) => (await service.Services.GetRequiredService<EventStreams>().LoadAsync<string?>(
        NoteService.Controller, stream, null, (_, told) => ((SecretTold)told).Secret, cancellationToken: TestContext.Current.CancellationToken)).State;
}
