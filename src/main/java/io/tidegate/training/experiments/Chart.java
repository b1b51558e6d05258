package io.tidegate.training.experiments;

import java.util.List;

/**
 * A chart, a line for each variant.
 *
 * @param id stable, for links
 * @param logarithmic whether y is shown so
 */
public record Chart(
        String id, String title, String description, String x, String y, boolean logarithmic, List<Series> series) {

    public record Series(String variant, List<Point> points) {}

    /**
     * @param mean over the seeds
     * @param low the least of them
     * @param high the largest
     * @param seeds how many
     */
    public record Point(double x, double mean, double low, double high, int seeds) {}
}
