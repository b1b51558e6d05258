package io.tidegate.datasets;

import io.tidegate.datasets.DatasetException.Refused;
import java.util.ArrayList;
import java.util.List;

/** What is found wrong with one part, line by line, until there is enough of it. */
final class Problems {

    private final String part;
    private final List<Refused.Problem> found = new ArrayList<>();

    Problems(String part) {
        this.part = part;
    }

    /** @throws Refused once there are {@value Refused#MOST} */
    void add(long line, String detail) {
        found.add(new Refused.Problem(part, line, detail));
        if (found.size() == Refused.MOST) {
            throw new Refused(found, true);
        }
    }

    /** The last one: what follows can't be read. */
    Refused stop(long line, String detail) {
        found.add(new Refused.Problem(part, line, detail));
        return new Refused(found, false);
    }

    void refuseIfAny() {
        if (!found.isEmpty()) {
            throw new Refused(found, false);
        }
    }
}
