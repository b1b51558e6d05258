package io.tidegate.training.jobs;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that run when no other wants to. Java's priorities do nothing on Linux unless the JVM runs as root with a flag, and
 * warn where it doesn't; but any thread may make itself nicer.
 */
final class BackgroundThreads {

    private static final Logger log = LoggerFactory.getLogger(BackgroundThreads.class);

    private static final int PRIO_PROCESS = 0, THIS_THREAD = 0, NICEST = 19;

    private BackgroundThreads() {}

    @SuppressWarnings("ThreadPriorityCheck") // a hint, on top of the bound on threads
    static ThreadFactory named(String prefix) {
        ThreadFactory threads = Thread.ofPlatform()
                .daemon()
                .priority(Thread.MIN_PRIORITY)
                .name(prefix, 0)
                .factory();
        return work -> threads.newThread(() -> {
            beNice();
            work.run();
        });
    }

    /** On Linux, where threads have a niceness each. */
    @SuppressWarnings("restricted") // tidegate.jvm enables native access
    private static void beNice() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return;
        }
        try {
            Linker linker = Linker.nativeLinker();
            MethodHandle setPriority = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("setpriority"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            int failed = (int) setPriority.invokeExact(PRIO_PROCESS, THIS_THREAD, NICEST);
            if (failed != 0) {
                log.warn("training threads keep the priority of all others: the system refuses a lower one");
            }
        } catch (Throwable e) {
            log.warn("training threads keep the priority of all others: {}", e.toString());
        }
    }
}
