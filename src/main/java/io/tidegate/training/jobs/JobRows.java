package io.tidegate.training.jobs;

import io.tidegate.training.jobs.Job.Progress;
import io.tidegate.training.jobs.Job.Published;
import io.tidegate.training.jobs.Job.Wanted;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Rows as jobs and events; what has parts is JSON in them. */
final class JobRows {

    static final String METRICS = "metrics", TRANSITION = "transition";

    private record TransitionBody(JobStatus status, String reason) {}

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private JobRows() {}

    static Job job(ResultSet row, int number) throws SQLException {
        String wanted = row.getString("wanted");
        return new Job(
                row.getString("id"),
                row.getLong("position"),
                JSON.readValue(row.getString("request"), JobRequest.class),
                JobStatus.valueOf(row.getString("status")),
                wanted == null ? null : Wanted.valueOf(wanted),
                row.getLong("fence"),
                row.getString("worker"),
                row.getString("engine"),
                row.getInt("execution"),
                row.getInt("lost"),
                JSON.readValue(row.getString("progress"), Progress.class),
                JSON.readValue(row.getString("metrics"), new TypeReference<SortedMap<String, Double>>() {}),
                read(row.getString("published"), Published.class),
                read(row.getString("error"), JobError.class),
                row.getString("experiment_id"),
                instant(row, "created_at"),
                row.getLong("events"));
    }

    static JobEvent event(ResultSet row, int count) throws SQLException {
        long number = row.getLong("number");
        Instant at = instant(row, "at");
        String body = row.getString("body");
        if (row.getString("kind").equals(METRICS)) {
            return new JobEvent.Metrics(number, at, JSON.readValue(body, JobEvent.Point.class));
        }
        TransitionBody transition = JSON.readValue(body, TransitionBody.class);
        return new JobEvent.Transition(number, at, transition.status(), transition.reason());
    }

    static String kind(JobEvent event) {
        return event instanceof JobEvent.Metrics ? METRICS : TRANSITION;
    }

    static String body(JobEvent event) {
        return switch (event) {
            case JobEvent.Metrics metrics -> JSON.writeValueAsString(metrics.point());
            case JobEvent.Transition transition ->
                JSON.writeValueAsString(new TransitionBody(transition.status(), transition.reason()));
        };
    }

    static @Nullable String json(@Nullable Object value) {
        return value == null ? null : JSON.writeValueAsString(value);
    }

    static JobFindings findings(String json) {
        return JSON.readValue(json, JobFindings.class);
    }

    private static <T> @Nullable T read(@Nullable String json, Class<T> type) {
        return json == null ? null : JSON.readValue(json, type);
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
