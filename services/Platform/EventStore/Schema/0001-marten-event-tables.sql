-- Marten 9.29's own tables: string streams, conjoined tenancy, all metadata on (src/Marten/Events/Schema/*.cs at tag 9.29.0).
-- Extra tables are fine for Marten, extra columns are not: ours stand in 0002.
create table if not exists mt_streams (
    tenant_id   varchar     not null default '*DEFAULT*',
    id          varchar     not null,
    type        varchar     null,
    version     bigint      null,
    timestamp   timestamptz not null default (now()),
    created     timestamptz not null default (now()),
    is_archived bool        null default false,
    constraint pkey_mt_streams_tenant_id_id primary key (tenant_id, id)
);

create table if not exists mt_events (
    seq_id         bigint       not null,
    id             uuid         not null,
    stream_id      varchar      null,
    version        bigint       not null,
    data           jsonb        not null,
    bdata          bytea        null,
    type           varchar(500) not null,
    -- Marten quotes the expression, so PostgreSQL freezes it at creation: a writer always sets the stamp itself.
    timestamp      timestamptz  not null default '(now())',
    tenant_id      varchar      null default '*DEFAULT*',
    mt_dotnet_type varchar      null,
    correlation_id varchar      null,
    causation_id   varchar      null,
    headers        jsonb        null,
    user_name      varchar      null,
    is_archived    bool         null default false,
    constraint pkey_mt_events_seq_id primary key (seq_id),
    constraint fkey_mt_events_stream_id_tenant_id foreign key (tenant_id, stream_id) references mt_streams (tenant_id, id)
);
create unique index if not exists pk_mt_events_stream_and_version on mt_events using btree (tenant_id, stream_id, version);

create sequence if not exists mt_events_sequence;
alter sequence mt_events_sequence owned by mt_events.seq_id;

create table if not exists mt_event_progression (
    name         varchar     not null,
    last_seq_id  bigint      null,
    last_updated timestamptz null default (transaction_timestamp()),
    constraint pk_mt_event_progression primary key (name)
);

create table if not exists mt_high_water_skips (
    ending_sequence   bigint      not null,
    starting_sequence bigint      not null,
    timestamp         timestamptz null default (transaction_timestamp()),
    constraint pkey_mt_high_water_skips_ending_sequence primary key (ending_sequence)
);
