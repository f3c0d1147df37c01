using System.Security.Cryptography;

namespace Integritet.PersonalData.Tests;

public sealed class KeyEncryptionKeyTests(Database database)
{
    [Fact]
    public async Task Rotation_wraps_every_key_anew_and_touches_no_event()
    {
        var (service, first, second) = (await database.CreateAsync(), Replica.NewKey(), Replica.NewKey());
        var agreed = new ContactAgreed("ps_a", "email", "a@mail.example");
        byte[] rests;
        await using (var before = await Replica.StartAsync(service, [first]))
        {
            await before.AppendAsync("contact-1", agreed);
            await before.AppendAsync("contact-2", new ContactAgreed("ps_b", "email", "b@mail.example"));
            await before.Keys.DestroyAsync(Replica.Tenant, "ps_b", cancellationToken: TestContext.Current.CancellationToken);
            rests = (await before.RecordedAsync("contact-1")).Data.ToArray();
        }

        await using (var rotating = await Replica.StartAsync(service, [second, first]))
        {
            Assert.Equal(agreed, Assert.Single(await rotating.ReadAsync("contact-1")));
            Assert.Equal(1, await rotating.Keys.RotateAsync(TestContext.Current.CancellationToken));
            Assert.Equal(0, await rotating.Keys.RotateAsync(TestContext.Current.CancellationToken));
        }

        await using (var after = await Replica.StartAsync(service, [second]))
        {
            Assert.Equal(agreed, Assert.Single(await after.ReadAsync("contact-1")));
            Assert.Equal(rests, (await after.RecordedAsync("contact-1")).Data.ToArray());
        }

        await using var old = await Replica.StartAsync(service, [first]);
        await Assert.ThrowsAnyAsync<CryptographicException>(() => old.ReadAsync("contact-1"));
    }

    [Fact]
    public async Task Rotation_may_run_while_the_service_writes_and_erases()
    {
        var (service, first, second) = (await database.CreateAsync(), Replica.NewKey(), Replica.NewKey());
        await using var serving = await Replica.StartAsync(service, [first, second]);
        await using var rotating = await Replica.StartAsync(service, [second, first]);
        var writing = Task.WhenAll(Enumerable.Range(0, 200).Select(i => serving.AppendAsync($"contact-{i}", new ContactAgreed($"ps_{i}", "email", $"a{i}@mail.example"))));
        var erased = 0;

        while (!writing.IsCompleted)
        {
            await rotating.Keys.RotateAsync(TestContext.Current.CancellationToken);
            erased += (await serving.Keys.DestroyAsync(Replica.Tenant, $"ps_{erased}", cancellationToken: TestContext.Current.CancellationToken)).Keys;
        }

        await writing;
        await rotating.Keys.RotateAsync(TestContext.Current.CancellationToken);
        await using var after = await Replica.StartAsync(service, [second]);
        var readable = 0;
        for (var i = 0; i < 200; i++)
            readable += ((ContactAgreed)Assert.Single(await after.ReadAsync($"contact-{i}"))).Value == $"a{i}@mail.example" ? 1 : 0;
        Assert.Equal(200 - erased, readable);
    }

    [Theory]
    [InlineData("", "openssl rand -base64 32")]
    [InlineData("c2hvcnQ=", "32 random bytes")]
    [InlineData("not base64 at all", "32 random bytes")]
    public async Task A_bad_key_is_said_at_start_with_what_to_do(string key, string advice)
    {
        var service = await database.CreateAsync();

        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(async () =>
        {
            await using var replica = await Replica.StartAsync(service, [key]);
        });

        Assert.Contains(advice, refused.Message, StringComparison.Ordinal);
        Assert.Contains("PersonalData__KeyEncryptionKey", refused.Message, StringComparison.Ordinal);
    }
}
