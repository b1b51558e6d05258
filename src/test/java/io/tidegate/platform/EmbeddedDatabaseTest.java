package io.tidegate.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseTest {

    @TempDir
    private Path dataDir;

    @Test
    void aThreadThatIsInterruptedWhileItWritesClosesNothing() throws Exception {
        String url = EmbeddedDatabase.url(dataDir);
        try (Connection connection = DriverManager.getConnection(url, "sa", "");
                Statement statement = connection.createStatement()) {
            statement.execute("create table t (k int)");
            for (int k = 0; k < 20; k++) {
                Thread.currentThread().interrupt();
                statement.execute("insert into t values (" + k + ")");
            }
            Thread.interrupted();
            try (ResultSet count = statement.executeQuery("select count(*) from t")) {
                count.next();
                assertThat(count.getInt(1)).isEqualTo(20);
            }
        }
    }

    @Test
    void onlyTheFileOfOneProcessIsItsOwn() {
        assertThat(EmbeddedDatabase.isAt(EmbeddedDatabase.url(dataDir))).isTrue();
        assertThat(EmbeddedDatabase.isAt(EmbeddedDatabase.url(dataDir) + ";AUTO_SERVER=TRUE"))
                .isFalse();
        assertThat(EmbeddedDatabase.isAt("jdbc:postgresql://db/tidegate")).isFalse();
    }
}
