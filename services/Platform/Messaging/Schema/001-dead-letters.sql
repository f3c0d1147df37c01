-- Messages no consumer could handle: taken off the broker, listed and replayed from here.
create table if not exists integritet_dead_letter (
    id           uuid        primary key,
    queue        text        not null, -- where it failed and where a replay goes
    reason       text        not null,
    message_type text        not null,
    message_id   text        not null,
    headers      jsonb       not null,
    content_type text        not null,
    body         bytea       not null,
    failed_at    timestamptz not null,
    replayed_at  timestamptz
);
create index if not exists integritet_dead_letter_open on integritet_dead_letter (failed_at, id) where replayed_at is null;
