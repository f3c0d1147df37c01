-- When each watched service was last heard, by any replica of this one.
create table integritet_source (
    source   text        primary key,
    position bigint      not null,
    heard_at timestamptz not null
);
