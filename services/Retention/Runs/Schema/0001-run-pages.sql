-- The items of each run's plan as they were when it was made, a thousand to a row. No fact of the business: the run's plan hash, which is an event, proves the due ones.
create table run_page (
    tenant_id varchar     not null,
    run_id    uuid        not null,
    state     varchar     not null,
    page      integer     not null,
    items     bytea       not null,
    made_at   timestamptz not null,
    primary key (tenant_id, run_id, state, page)
);
-- Written by the hundred and read once or never: not worth compressing.
alter table run_page alter column items set storage external;
create index run_page_made_at on run_page (made_at);
