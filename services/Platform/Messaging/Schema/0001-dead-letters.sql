-- Messages that no consumer could handle: taken off the broker, listed and replayed from here.
create table integritet_dead_letter (
    id           uuid        primary key, -- made of queue, headers and body, so that one delivered twice is kept once
    number       bigint      generated always as identity unique,
    queue        text        not null,    -- where it failed and where a replay goes
    reason       text        not null,
    message_id   text,
    content_type text,
    headers      jsonb       not null,
    body         bytea       not null,
    failed_at    timestamptz not null,
    replayed_at  timestamptz
);
