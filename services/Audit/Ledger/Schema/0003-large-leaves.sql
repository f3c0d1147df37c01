-- As in the services' own logs: packing and unpacking large leaves with lz4 takes a fraction of the time that pglz takes. A server that was built without it keeps pglz.
do $$ begin
    alter table ledger_leaf alter column leaf set compression lz4;
exception when feature_not_supported then
    raise notice 'This server has no lz4: large leaves stay packed with pglz.';
end $$;
