-- Data keys of personal members: one per tenant, subject and stream, wrapped by a key-encryption key. Backed up apart from the events.
create schema keys;

create table keys.data_key (
    id           uuid        not null primary key,
    tenant       varchar     not null,
    subject      varchar     not null,
    stream       varchar     not null,
    wrapped      bytea,
    kek_id       varchar,
    created_at   timestamptz not null,
    destroyed_at timestamptz,
    constraint destroyed_means_gone check ((destroyed_at is null) = (wrapped is not null) and (wrapped is null) = (kek_id is null))
);

create unique index data_key_of_record on keys.data_key (tenant, subject, stream) where destroyed_at is null;
create index data_key_of_stream on keys.data_key (tenant, stream) where destroyed_at is null;
create index data_key_by_kek on keys.data_key (kek_id, id) where destroyed_at is null;
create index data_key_destroyed on keys.data_key (destroyed_at) where destroyed_at is not null;
