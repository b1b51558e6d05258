package io.tidegate.training.jobs;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is made when it is first asked for, and kept. */
final class OnceMade<T> implements Supplier<T> {

    private final Supplier<T> make;
    private @Nullable T made;

    OnceMade(Supplier<T> make) {
        this.make = make;
    }

    @Override
    public synchronized T get() {
        T known = made;
        if (known == null) {
            known = make.get();
            made = known;
        }
        return known;
    }
}
