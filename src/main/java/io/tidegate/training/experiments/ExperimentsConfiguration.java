package io.tidegate.training.experiments;

import io.tidegate.training.jobs.JobStore;
import io.tidegate.training.jobs.TrainingJobs;
import io.tidegate.training.recipe.Recipes;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
class ExperimentsConfiguration {

    @Bean
    ExperimentStore experimentStore(JdbcClient jdbc) {
        return new ExperimentStore(jdbc, Clock.systemUTC());
    }

    @Bean
    Experiments experiments(
            ExperimentStore store,
            Recipes recipes,
            TrainingJobs jobs,
            JobStore jobStore,
            PlatformTransactionManager transactions) {
        return new Experiments(
                store, new ExperimentAdmission(recipes), jobs, jobStore, new TransactionTemplate(transactions));
    }

    @Bean
    Reports reports(ExperimentStore store, JobStore jobs) {
        return new Reports(store, jobs);
    }
}
