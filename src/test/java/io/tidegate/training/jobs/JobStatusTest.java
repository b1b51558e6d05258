package io.tidegate.training.jobs;

import static io.tidegate.training.jobs.JobStatus.CANCELLED;
import static io.tidegate.training.jobs.JobStatus.FAILED;
import static io.tidegate.training.jobs.JobStatus.PAUSED;
import static io.tidegate.training.jobs.JobStatus.QUEUED;
import static io.tidegate.training.jobs.JobStatus.RUNNING;
import static io.tidegate.training.jobs.JobStatus.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JobStatusTest {

    @Test
    void theStateMachineIsThisTable() {
        Map<JobStatus, Set<JobStatus>> table = Map.of(
                QUEUED, Set.of(RUNNING, FAILED, CANCELLED),
                RUNNING, Set.of(SUCCEEDED, FAILED, CANCELLED, PAUSED, QUEUED),
                PAUSED, Set.of(RUNNING, CANCELLED),
                SUCCEEDED, Set.of(),
                FAILED, Set.of(),
                CANCELLED, Set.of());
        table.forEach((from, to) -> assertThat(Arrays.stream(JobStatus.values())
                        .filter(from::canBecome)
                        .collect(Collectors.toSet()))
                .as("from " + from)
                .isEqualTo(to));
    }

    @Test
    void nothingLeavesAFinalStatus() {
        for (JobStatus status : JobStatus.values()) {
            boolean leaves = Arrays.stream(JobStatus.values()).anyMatch(status::canBecome);
            assertThat(status.isFinal()).isEqualTo(!leaves);
        }
    }
}
