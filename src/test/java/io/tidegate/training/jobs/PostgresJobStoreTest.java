package io.tidegate.training.jobs;

import javax.sql.DataSource;

class PostgresJobStoreTest extends JobStoreContract {

    @Override
    DataSource database() {
        return Databases.postgres();
    }
}
