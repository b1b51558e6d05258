package io.tidegate.training.jobs;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.tidegate.datasets.DatasetUse;
import io.tidegate.datasets.Datasets;
import io.tidegate.platform.TidegateProperties;
import io.tidegate.training.recipe.Recipes;
import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
class JobsConfiguration {

    @Bean
    JobStore jobStore(DataSource database, JdbcClient jdbc, PlatformTransactionManager transactions) {
        SchedulerClient queue = SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(database))
                .build();
        Clock clock = Clock.systemUTC();
        return new JobStore(
                jdbc,
                new TransactionTemplate(transactions),
                (job, execution) -> queue.scheduleIfNotExists(JobScheduler.entry(job, execution), clock.instant()),
                clock);
    }

    @Bean
    TrainingThreads trainingThreads(TidegateProperties properties) {
        return TrainingThreads.of(properties.training().threads());
    }

    @Bean
    Recipes recipes(Datasets datasets, TrainingThreads threads) {
        return Recipes.builtIn(datasets::find, threads.executor());
    }

    /** A dataset stays as long as a job that may still read it. */
    @Bean
    DatasetUse jobsDatasets(JobStore store) {
        return dataset -> store.unfinishedWith(dataset).map(job -> "training job " + job);
    }

    @Bean
    TrainerCheckpoints trainerCheckpoints(TidegateProperties properties) {
        return new TrainerCheckpoints(
                properties.dataDir(), properties.training().checkpointsKept());
    }

    @Bean
    TrainingJobs trainingJobs(
            JobStore store, Recipes recipes, TidegateProperties properties, ObjectProvider<JobRunner> runner) {
        TidegateProperties.JobLimits limits = properties.training().limits();
        long maxMemory = limits.maxMemory().toBytes() > 0
                ? limits.maxMemory().toBytes()
                : Runtime.getRuntime().maxMemory() / 2 / properties.training().maxJobs();
        return new TrainingJobs(
                store,
                new Admission(recipes, new Admission.Limits(limits.maxUpdates(), maxMemory)),
                limits.maxJobsQueued(),
                (job, wanted) -> runner.ifAvailable(
                        here -> here.tell(job, wanted == Job.Wanted.CANCEL ? JobRun.Stop.CANCEL : JobRun.Stop.PAUSE)));
    }

    @Bean
    JobMeters jobMeters(MeterRegistry meters, JobStore store) {
        return new JobMeters(meters, store, System::nanoTime);
    }
}
