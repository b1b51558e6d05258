package io.tidegate.platform;

import java.nio.file.Path;
import java.util.Locale;

/** The H2 file in the data directory, which belongs to one process. */
public final class EmbeddedDatabase {

    private static final String PREFIX = "jdbc:h2:retry:";

    private EmbeddedDatabase() {}

    /**
     * What is committed is on the disk: no delayed writes, as a killed process would lose them. Java closes a file under a thread
     * that is interrupted while it writes, and H2 the database with it; {@code retry:} opens it again instead.
     */
    static String url(Path dataDir) {
        return PREFIX + dataDir.toAbsolutePath().normalize().resolve("tidegate")
                + ";MODE=PostgreSQL;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000";
    }

    /** Whether no other process can be at a database. */
    public static boolean isAt(String url) {
        return url.startsWith(PREFIX) && !url.toUpperCase(Locale.ROOT).contains("AUTO_SERVER");
    }
}
