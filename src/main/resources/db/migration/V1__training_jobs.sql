-- One text for H2 (in its PostgreSQL mode) and PostgreSQL.

create table training_job (
    id              varchar(36) primary key,
    position        bigint generated always as identity,  -- order of arrival, for paging
    request         text not null,                        -- JSON, everything resolved
    status          varchar(16) not null,
    wanted          varchar(16),                          -- what a running job is asked to become
    fence           bigint not null,                      -- whose writes count: those with this token
    worker          varchar(200),
    execution       integer not null,                     -- the scheduled_tasks row that may run it
    lost            integer not null,                     -- workers lost since the last checkpoint
    progress        text not null,                        -- JSON
    metrics         text not null,                        -- JSON, best so far
    published       text,                                 -- JSON
    error           text,                                 -- JSON
    idempotency_key varchar(255) unique,
    request_digest  varchar(64) not null,
    experiment_id   varchar(36),
    created_at      timestamp with time zone not null,
    events          bigint not null                       -- number of the last one
);

create unique index training_job_position on training_job (position);
create index training_job_status on training_job (status, position);
create index training_job_experiment on training_job (experiment_id);

-- Changes of status and points of the curve, numbered through for each job.
create table training_event (
    job_id varchar(36) not null references training_job (id) on delete cascade,
    number bigint not null,
    at     timestamp with time zone not null,
    kind   varchar(16) not null,
    body   text not null,                                 -- JSON
    primary key (job_id, number)
);

-- db-scheduler's own table, as its 16th release wants it.
create table scheduled_tasks (
    task_name            varchar(100) not null,
    task_instance        varchar(100) not null,
    task_data            bytea,
    execution_time       timestamp with time zone,
    picked               boolean not null,
    picked_by            varchar(200),
    last_success         timestamp with time zone,
    last_failure         timestamp with time zone,
    consecutive_failures integer,
    last_heartbeat       timestamp with time zone,
    version              bigint not null,
    priority             smallint,
    state                varchar(100),
    primary key (task_name, task_instance)
);

create index scheduled_tasks_execution_time on scheduled_tasks (execution_time);
create index scheduled_tasks_last_heartbeat on scheduled_tasks (last_heartbeat);
