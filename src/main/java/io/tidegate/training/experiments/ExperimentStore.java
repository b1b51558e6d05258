package io.tidegate.training.experiments;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/** Experiments in the database. Their jobs are the job store's. */
public final class ExperimentStore {

    /** @param digest of the request that it was submitted with */
    record Earlier(Experiment experiment, String digest) {}

    private final JdbcClient jdbc;
    private final Clock clock;

    public ExperimentStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /** @throws org.springframework.dao.DuplicateKeyException if the idempotency key has been used */
    void insert(String id, ExperimentRequest request, @Nullable String idempotencyKey, String digest) {
        jdbc.sql("""
                insert into experiment (id, request, idempotency_key, request_digest, created_at)
                values (:id, :request, :key, :digest, :now)""")
                .param("id", id)
                .param("request", JsonMapper.shared().writeValueAsString(request))
                .param("key", idempotencyKey)
                .param("digest", digest)
                .param("now", clock.instant().truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC))
                .update();
    }

    public Experiment experiment(String id) {
        return jdbc.sql("select * from experiment where id = :id")
                .param("id", id)
                .query(ExperimentStore::experiment)
                .optional()
                .orElseThrow(() -> new ExperimentNotFoundException(id));
    }

    Optional<Earlier> submittedWith(String idempotencyKey) {
        return jdbc.sql("select * from experiment where idempotency_key = :key")
                .param("key", idempotencyKey)
                .query((row, n) -> new Earlier(experiment(row, n), row.getString("request_digest")))
                .optional();
    }

    /**
     * The newest first.
     *
     * @param after the id of the last experiment of the page before; null for the first page
     */
    public List<Experiment> list(int limit, @Nullable String after) {
        long before = after == null ? Long.MAX_VALUE : experiment(after).position();
        return jdbc.sql("select * from experiment where position < :before order by position desc limit :limit")
                .param("before", before)
                .param("limit", limit)
                .query(ExperimentStore::experiment)
                .list();
    }

    private static Experiment experiment(ResultSet row, int number) throws SQLException {
        return new Experiment(
                row.getString("id"),
                row.getLong("position"),
                JsonMapper.shared().readValue(row.getString("request"), ExperimentRequest.class),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
