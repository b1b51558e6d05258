package io.tidegate.training.jobs;

import io.tidegate.testkit.NeedsDocker;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.postgresql.ds.PGSimpleDataSource;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** The store on a PostgreSQL in a container, a newer one than the embedded. */
@NeedsDocker
class ContainerJobStoreTest extends JobStoreContract {

    private static final PostgreSQLContainer POSTGRES = new PostgreSQLContainer("postgres:15");

    @BeforeAll
    static void start() {
        POSTGRES.start();
    }

    @AfterAll
    static void stop() {
        POSTGRES.stop();
    }

    @Override
    DataSource database() {
        String name = "t" + UUID.randomUUID().toString().replace("-", "");
        try (Connection connection = database(POSTGRES.getDatabaseName()).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return Databases.migrated(database(name));
    }

    private static DataSource database(String name) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setServerNames(new String[] {POSTGRES.getHost()});
        database.setPortNumbers(new int[] {POSTGRES.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT)});
        database.setDatabaseName(name);
        database.setUser(POSTGRES.getUsername());
        database.setPassword(POSTGRES.getPassword());
        return database;
    }
}
