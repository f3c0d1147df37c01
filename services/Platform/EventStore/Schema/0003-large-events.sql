-- Some events are large, those of imports: packing and unpacking them with lz4 takes a fraction of the time that pglz takes. A server that was built without it keeps pglz.
do $$ begin
    alter table mt_events alter column data set compression lz4, alter column headers set compression lz4;
exception when feature_not_supported then
    raise notice 'This server has no lz4: large events stay packed with pglz.';
end $$;
