package io.tidegate.core.optim;

/** How large an update's step is. */
public sealed interface LearningRate {

    /** @param update the updates that came before this one */
    double at(long update);

    record Constant(double rate) implements LearningRate {
        @Override
        public double at(long update) {
            return rate;
        }
    }

    /**
     * From {@code rate} down to {@code end} along half a cosine, then {@code end}.
     *
     * @param updates how many the way down takes
     */
    record Cosine(double rate, double end, long updates) implements LearningRate {
        @Override
        public double at(long update) {
            double done = Math.min(1, (double) update / updates);
            return end + (rate - end) * (1 + Math.cos(Math.PI * done)) / 2;
        }
    }

    /** {@code rate}, times {@code factor} after each {@code every} updates. */
    record Step(double rate, double factor, long every) implements LearningRate {
        @Override
        public double at(long update) {
            long times = update / every;
            return rate * Math.pow(factor, (double) times);
        }
    }

    /** The first {@code updates} rise linearly to what {@code after} begins with, which then runs from its own start. */
    record WarmUp(long updates, LearningRate after) implements LearningRate {
        @Override
        public double at(long update) {
            return update < updates ? after.at(0) * (update + 1) / (updates + 1) : after.at(update - updates);
        }
    }
}
