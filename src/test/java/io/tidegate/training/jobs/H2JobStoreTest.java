package io.tidegate.training.jobs;

import javax.sql.DataSource;

class H2JobStoreTest extends JobStoreContract {

    @Override
    DataSource database() {
        return Databases.h2();
    }
}
