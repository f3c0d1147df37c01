-- When each service's heartbeat was last heard on the feed, and where its own log stood then: what the ledger's lag is measured against, by every replica.
create table ledger_heard (
    service  text collate "C" primary key,
    head     bigint           not null,
    heard_at timestamptz      not null
) with (fillfactor = 50);
