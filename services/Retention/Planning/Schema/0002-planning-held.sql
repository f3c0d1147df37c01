-- How many were held when planning them anew began: whoever asks for progress is not to have a million counted each time.
alter table planning_sweep add column held bigint not null default 0;
