-- One row per Idempotency-Key in its scope, kept 48 h: status and resource id, never a body.
create table integritet_idempotency (
    tenant_id    varchar     not null,
    principal    varchar     not null,
    route        varchar     not null,
    key          varchar     not null,
    request_hash bytea       not null,
    status       integer     not null,
    resource_id  varchar     not null,
    recorded_at  timestamptz not null,
    primary key (tenant_id, principal, route, key)
);
create index integritet_idempotency_recorded_at on integritet_idempotency (recorded_at);

-- Messages whose effect a consumer has had.
create table integritet_consumed_message (
    message_id  uuid        not null,
    consumer    varchar     not null,
    recorded_at timestamptz not null,
    primary key (message_id, consumer)
);
create index integritet_consumed_message_recorded_at on integritet_consumed_message (recorded_at);

-- The inline projections every writer applies. Kept here, not only in code, so that during a rolling upgrade all replicas fill a table the same way.
create table integritet_projection (
    name        varchar     not null primary key,
    table_name  varchar     not null unique,
    version     integer     not null,
    event_types varchar[]   not null,
    apply_sql   text        not null,
    key_sql     text        not null,
    rebuilt_to  bigint      not null,
    rebuilt_at  timestamptz not null
);
