-- One text for H2 (in its PostgreSQL mode) and PostgreSQL.

-- The fingerprint of the engine that a job runs on, or ran on last: its bits depend on all that is in it.
alter table training_job add column engine text;
