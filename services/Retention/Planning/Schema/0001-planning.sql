-- How far all holdings of a controller have been planned anew by a policy version, or after their table was rebuilt. Derived: what is lost here is done again.
create table planning_sweep (
    tenant_id      varchar     not null,
    policy_version integer     not null,
    rebuilt_at     timestamptz not null,
    last_holding   uuid        not null,
    seen           bigint      not null,
    changed        bigint      not null,
    hash           bytea       not null,
    started_at     timestamptz not null,
    finished_at    timestamptz null,
    primary key (tenant_id, policy_version, rebuilt_at)
);
