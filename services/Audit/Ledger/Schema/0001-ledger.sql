-- One log per controller, and one for the installation itself (controller 'installation'). A leaf's index is dense from 0; the bytes are the RFC 8785 form the
-- publishing service made, kept as they came, and leaf_hash is SHA-256(0x00 || leaf) (RFC 9162, section 2.1.1). The columns beside them are for searching only and
-- can be derived from the leaf again. Identifiers are compared byte by byte, whatever the database's language.
create table ledger_leaf (
    controller text collate "C" not null,
    index      bigint           not null check (index >= 0),
    service    text collate "C" not null,
    position   bigint           not null,
    stream     text collate "C" not null,
    type       text collate "C" not null,
    actor      text collate "C" not null,
    at         timestamptz      not null,
    seen_at    timestamptz      not null,
    leaf_hash  bytea            not null check (length(leaf_hash) = 32),
    leaf       bytea            not null,
    primary key (controller, index)
);
-- No event twice, whatever went wrong above; and where an event of a service is found again.
create unique index ledger_leaf_source  on ledger_leaf (service, position);
create index ledger_leaf_service on ledger_leaf (controller, service, index);
create index ledger_leaf_type    on ledger_leaf (controller, type, index);
create index ledger_leaf_stream  on ledger_leaf (controller, stream, index);
create index ledger_leaf_actor   on ledger_leaf (controller, actor, index);

-- Whom an event is about, by pseudonym. A row each, not an array with a GIN index: a page in index order costs its own length, and there is no pending list to flush.
create table ledger_subject (
    controller text collate "C" not null,
    subject    text collate "C" not null,
    index      bigint           not null,
    primary key (controller, subject, index)
);

-- Size of each log. seen_at is the latest commit stamp in it, lateness the furthest any leaf's own stamp has been behind that: between them a span of time maps to a span of indices.
create table ledger_head (
    controller text collate "C" primary key,
    size       bigint           not null check (size >= 0),
    seen_at    timestamptz      not null,
    lateness   interval         not null
) with (fillfactor = 50);

-- How far each service's own log is in the ledger.
create table ledger_source (
    service  text collate "C" primary key,
    position bigint           not null check (position >= 0),
    at       timestamptz      not null
) with (fillfactor = 50);

create function ledger_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'The ledger is append-only: % on % is refused.', tg_op, tg_table_name;
end $$;
create trigger ledger_leaf_append_only before update or delete or truncate on ledger_leaf for each statement execute function ledger_refuse_change();
create trigger ledger_subject_append_only before update or delete or truncate on ledger_subject for each statement execute function ledger_refuse_change();

-- The first index whose seen_at is at or after an instant (the size if there is none). seen_at never falls as the index grows, so this is a binary search of the primary key.
create function ledger_first_seen_at(of_controller text, instant timestamptz) returns bigint language plpgsql stable as $$
declare
    low  bigint := 0;
    high bigint := coalesce((select size from ledger_head where controller = of_controller), 0);
    middle bigint;
begin
    while low < high loop
        middle := (low + high) / 2;
        if (select seen_at from ledger_leaf where controller = of_controller and index = middle) >= instant then
            high := middle;
        else
            low := middle + 1;
        end if;
    end loop;
    return low;
end $$;
