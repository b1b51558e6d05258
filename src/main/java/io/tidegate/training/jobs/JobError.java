package io.tidegate.training.jobs;

/**
 * Why a job failed, in the form of a problem.
 *
 * @param type a URN that programs can rely on
 * @param title what kind of failure it is
 * @param detail what happened, and what to do about it
 */
public record JobError(String type, String title, String detail) {

    private static JobError of(String kind, String title, String detail) {
        return new JobError("urn:tidegate:problem:" + kind, title, detail);
    }

    static JobError diverged(String detail) {
        return of("diverged", "The training diverged", detail);
    }

    static JobError diskFull(String what) {
        return of(
                "disk-full",
                "The disk is full",
                what + " can't be written: no space left under tidegate.data-dir; make room and submit the job again");
    }

    static JobError disk(String what) {
        return of(
                "disk",
                "The disk can't be written",
                what + " can't be written under tidegate.data-dir; the server's log says why");
    }

    static JobError data(String detail) {
        return of("data-unavailable", "The job's data or parameters can't be used any more", detail);
    }

    static JobError wallTime(String detail) {
        return of("wall-time", "The training took longer than it may", detail);
    }

    static JobError memory(String detail) {
        return of("memory", "The training ran out of memory", detail);
    }

    static JobError workersLost(String detail) {
        return of("workers-lost", "Every worker that ran the job was lost", detail);
    }

    static JobError internal() {
        return of("internal", "The training failed", "an unexpected error ended it; the server's log says which");
    }
}
