-- One text for H2 (in its PostgreSQL mode) and PostgreSQL.

-- What a job has found out by its end: cost, gates, gradients over time. JSON.
alter table training_job add column findings text;

-- A comparison of cells; its jobs name it in experiment_id.
create table experiment (
    id              varchar(36) primary key,
    position        bigint generated always as identity,  -- order of arrival, for paging
    request         text not null,                        -- JSON, everything resolved
    idempotency_key varchar(255) unique,
    request_digest  varchar(64) not null,
    created_at      timestamp with time zone not null
);

create unique index experiment_position on experiment (position);
