using System.Security.Cryptography;
using System.Text;

namespace Integritet.PersonalData.Tests;

public sealed class SealedEventsTests(Database database)
{
    private const string Address = "rut.testperson@mail.example";
    private readonly string[] _keys = [Replica.NewKey()];

    [Fact]
    public async Task A_personal_member_is_read_as_it_was_written_and_rests_as_ciphertext()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);
        var agreed = new ContactAgreed("ps_a", "email", Address);

        await replica.AppendAsync("contact-1", agreed);

        Assert.Equal(agreed, Assert.Single(await replica.ReadAsync("contact-1")));
        var rests = Encoding.UTF8.GetString((await replica.RecordedAsync("contact-1")).Data.Span);
        Assert.DoesNotContain("@mail", rests, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"pd1.", rests, StringComparison.Ordinal);
        Assert.Contains("email", rests, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nested_records_lists_and_dictionaries_are_sealed_each_for_its_own_subject()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);
        var linked = new PeopleLinked(
            "l-1", [new("ps_a", Address), new("ps_b", "+46701234567"), new("ps_c", null)], new Dictionary<string, Identifier>(StringComparer.Ordinal) { ["primary"] = new("ps_a", "K/1") });
        var letter = new LetterReceived("ps_a", new Letter("letter", ["Dear all,", "my name is Rut"], Address));

        await replica.AppendAsync("link-1", linked);
        await replica.AppendAsync("letter-1", letter);

        var read = Assert.IsType<PeopleLinked>(Assert.Single(await replica.ReadAsync("link-1")));
        Assert.Equal(linked.Identifiers, read.Identifiers);
        Assert.Equal(linked.ByRole["primary"], read.ByRole["primary"]);
        Assert.Equal(letter.Letter.Lines, Assert.IsType<LetterReceived>(Assert.Single(await replica.ReadAsync("letter-1"))).Letter.Lines);
        Assert.Equal(2L, await replica.ScalarAsync("select count(*) from keys.data_key where stream = 'link-1'"));
        foreach (var stream in new[] { "link-1", "letter-1" })
        {
            var rests = Encoding.UTF8.GetString((await replica.RecordedAsync(stream)).Data.Span);
            // Each has a character that ciphertext, which is base64url, never has.
            Assert.All(new[] { "@mail", "+4670", "K/1", "Dear all", "is Rut" }, personal => Assert.DoesNotContain(personal, rests, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task An_event_without_personal_members_needs_no_key()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);

        await replica.AppendAsync("parcel-1", new ParcelSent("p-1"));
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", null));

        Assert.Equal(new ParcelSent("p-1"), Assert.Single(await replica.ReadAsync("parcel-1")));
        Assert.Equal(0L, await replica.ScalarAsync("select count(*) from keys.data_key"));
    }

    [Fact]
    public async Task A_ciphertext_opens_in_its_own_place_only()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", Address, "calls at noon"));
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", "other@mail.example", "calls at night"));
        var one = (await replica.Store.ReadStreamAsync(Replica.Tenant, "contact-1"))[0];
        var two = (await replica.Store.ReadStreamAsync(Replica.Tenant, "contact-1"))[1];
        var swappedFields = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(one.Data.Span)
            .Replace("\"value\"", "\"x\"", StringComparison.Ordinal).Replace("\"remark\"", "\"value\"", StringComparison.Ordinal).Replace("\"x\"", "\"remark\"", StringComparison.Ordinal));

        await AssertUnreadable(replica, two with { Data = one.Data });
        await AssertUnreadable(replica, one with { Tenant = "netip" });
        await AssertUnreadable(replica, one with { Data = swappedFields });
        await AssertUnreadable(replica, one with { Data = Flip(one.Data) });
        Assert.IsType<ContactAgreed>(await replica.Serializer.DeserializeAsync(one, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Clear_text_in_a_personal_member_is_refused()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", Address));
        var recorded = await replica.RecordedAsync("contact-1");

        await AssertUnreadable(replica, recorded with { Data = """{"subject":"ps_a","kind":"email","value":"rut@mail.example"}"""u8.ToArray() });
    }

    [Fact]
    public async Task A_wrapped_key_moved_to_another_row_opens_nothing()
    {
        var service = await database.CreateAsync();
        await using var replica = await Replica.StartAsync(service, _keys);
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", Address));
        await replica.AppendAsync("contact-2", new ContactAgreed("ps_b", "email", "b@mail.example"));
        await replica.ScalarAsync("update keys.data_key k set wrapped = o.wrapped from keys.data_key o where k.stream = 'contact-1' and o.stream = 'contact-2'");

        await using var fresh = await Replica.StartAsync(service, _keys);

        var id = (Guid)(await fresh.ScalarAsync("select id from keys.data_key where stream = 'contact-1'"))!;
        await Assert.ThrowsAnyAsync<CryptographicException>(async () => await fresh.Keys.FindAsync(id, TestContext.Current.CancellationToken));
    }

    private static byte[] Flip(ReadOnlyMemory<byte> data)
    {
        var changed = data.ToArray();
        var last = Encoding.UTF8.GetString(changed).LastIndexOf("pd1.", StringComparison.Ordinal) + 60;
        changed[last] = changed[last] == (byte)'A' ? (byte)'B' : (byte)'A';
        return changed;
    }

    private static async Task AssertUnreadable(Replica replica, RecordedEvent recorded) =>
        await Assert.ThrowsAnyAsync<CryptographicException>(async () => await replica.Serializer.DeserializeAsync(recorded, TestContext.Current.CancellationToken));
}
