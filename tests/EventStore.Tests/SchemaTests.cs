namespace Integritet.EventStore.Tests;

/// <summary>The tables are Marten 9.29's own, to the name of each constraint.</summary>
public sealed class SchemaTests(SharedPostgres server) : Contract(server, Writer.Postgres)
{
    [Fact]
    public async Task Tables_have_the_columns_of_Marten()
    {
        var replica = await StartAsync();
        Assert.Equal(
            """
            mt_event_progression: name character varying not null; last_seq_id bigint; last_updated timestamp with time zone = transaction_timestamp()
            mt_events: seq_id bigint not null; id uuid not null; stream_id character varying; version bigint not null; data jsonb not null; bdata bytea; type character varying(500) not null; timestamp timestamp with time zone not null = <literal>; tenant_id character varying = '*DEFAULT*'::character varying; mt_dotnet_type character varying; correlation_id character varying; causation_id character varying; headers jsonb; user_name character varying; is_archived boolean = false
            mt_high_water_skips: ending_sequence bigint not null; starting_sequence bigint not null; timestamp timestamp with time zone = transaction_timestamp()
            mt_streams: tenant_id character varying not null = '*DEFAULT*'::character varying; id character varying not null; type character varying; version bigint; timestamp timestamp with time zone not null = now(); created timestamp with time zone not null = now(); is_archived boolean = false
            """,
            await ScalarAsync<string>(replica,
                """
                select string_agg(line, E'\n' order by line) from (
                    select c.relname || ': ' || string_agg(
                        a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
                            || coalesce(' = ' || case when pg_get_expr(d.adbin, d.adrelid) ~ '^''20' then '<literal>' else pg_get_expr(d.adbin, d.adrelid) end, ''),
                        '; ' order by a.attnum) as line
                    from pg_class c
                    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
                    where c.relkind = 'r' and c.relname like 'mt\_%'
                    group by c.relname) t
                """));
    }

    [Fact]
    public async Task Constraints_and_indexes_have_the_names_of_Marten()
    {
        var replica = await StartAsync();
        Assert.Equal(
            "fkey_mt_events_stream_id_tenant_id FOREIGN KEY (tenant_id, stream_id) REFERENCES mt_streams(tenant_id, id), pk_mt_event_progression PRIMARY KEY (name), "
            + "pkey_mt_events_seq_id PRIMARY KEY (seq_id), pkey_mt_high_water_skips_ending_sequence PRIMARY KEY (ending_sequence), pkey_mt_streams_tenant_id_id PRIMARY KEY (tenant_id, id)",
            await ScalarAsync<string>(replica, "select string_agg(conname || ' ' || pg_get_constraintdef(oid), ', ' order by conname) from pg_constraint where conrelid::regclass::text like 'mt\\_%'"));
        Assert.Equal(
            "CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON public.mt_events USING btree (tenant_id, stream_id, version)",
            await ScalarAsync<string>(replica, "select indexdef from pg_indexes where indexname = 'pk_mt_events_stream_and_version'"));
        Assert.Equal("mt_events", await ScalarAsync<string>(replica, "select refobjid::regclass::text from pg_depend where objid = 'mt_events_sequence'::regclass and deptype = 'a'"));
    }

    [Fact]
    public async Task A_second_start_applies_nothing_again()
    {
        var replica = await StartAsync();
        var applied = await ScalarAsync<string>(replica, "select string_agg(part || file || applied_at, ',') from integritet_schema");
        await StartAsync();
        Assert.Equal(applied, await ScalarAsync<string>(replica, "select string_agg(part || file || applied_at, ',') from integritet_schema"));
    }

    [Fact]
    public async Task A_store_without_connection_string_or_with_an_unknown_writer_does_not_start_and_says_what_to_do()
    {
        var missing = await Assert.ThrowsAnyAsync<Exception>(() => Replica.StartAsync(""));
        Assert.Contains("EventStore__ConnectionString", missing.ToString(), StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAnyAsync<Exception>(() => Replica.StartAsync(Database, settings: ("Writer", "Papyrus")));
        Assert.Contains("Papyrus", unknown.ToString(), StringComparison.Ordinal);
    }
}

/// <summary>The JSON of events.</summary>
public sealed class EventJsonTests
{
    [StoredEvent("counted.v1")]
    public sealed record Counted(long Small, long Large, decimal Amount, string Text, DayOfWeek Day);

    [Fact]
    public void Integers_past_2_53_become_strings_and_come_back()
    {
        var counted = new Counted((1L << 53) - 1, 1L << 53, 12.50m, "å\\u0000", DayOfWeek.Friday);
        var json = System.Text.Encoding.UTF8.GetString(EventJson.Serialize(counted));
        Assert.Contains("\"small\":9007199254740991,\"large\":\"9007199254740992\",\"amount\":\"12.50\"", json, StringComparison.Ordinal);
        Assert.Contains("\"day\":\"friday\"", json, StringComparison.Ordinal);
        Assert.Equal(counted, EventJson.Deserialize(EventJson.Serialize(counted), typeof(Counted)));
    }

    [Fact]
    public void A_text_with_U_0000_is_refused() => Assert.Throws<ArgumentException>(() => EventJson.Serialize(new Counted(1, 1, 1, "a\0b", DayOfWeek.Friday)));

    [Fact]
    public void An_event_without_a_pinned_name_is_not_stored() =>
        Assert.Throws<InvalidOperationException>(() => StoredEvents.In(typeof(Counted).Assembly).NameOf(typeof(string)));
}
