package io.tidegate.benchmark;

import java.util.Locale;

/**
 * One comparison.
 *
 * @param kind {@code inference}, {@code inference-bf16} or {@code training}
 * @param engineMicros the fused engine's median, a step of the whole batch or an update
 * @param peerMicros the peer's
 * @param roofline the part of what memory or arithmetic allow that the engine reaches; 0 where it isn't known
 */
record Row(
        String kind,
        String cell,
        int hidden,
        int batch,
        int threads,
        double engineMicros,
        String peer,
        double peerMicros,
        double roofline) {

    static final String HEADER = "kind\tcell\tH\tB\tthreads\tengine_us\tpeer\tpeer_us\tratio";

    double ratio() {
        return peerMicros / engineMicros;
    }

    String tabbed() {
        return String.format(
                Locale.ROOT,
                "%s\t%s\t%d\t%d\t%d\t%.2f\t%s\t%.2f\t%.3f",
                kind,
                cell,
                hidden,
                batch,
                threads,
                engineMicros,
                peer,
                peerMicros,
                ratio());
    }
}
