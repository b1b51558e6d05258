package io.tidegate.datasets;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The classes met while labels stream by, in the order of appearance, with their counts. */
final class ClassNames {

    static final int MOST = 10_000, LONGEST = 256;

    private static final class Met {
        final int index;
        long count;

        Met(int index) {
            this.index = index;
        }
    }

    private final Map<String, Met> met = new LinkedHashMap<>();

    /** @return the class's index in the order of appearance */
    int add(String label) {
        if (label.isEmpty() || label.length() > LONGEST) {
            throw new BadRow("expected a label of 1 to " + LONGEST + " characters, got "
                    + (label.isEmpty() ? "an empty one" : "one of " + label.length()));
        }
        Met known = met.get(label);
        if (known == null) {
            if (met.size() == MOST) {
                throw new BadRow("expected at most " + MOST
                        + " classes, got one more; a number to be learnt is a 'target', not a label");
            }
            known = new Met(met.size());
            met.put(label, known);
        }
        known.count++;
        return known.index;
    }

    List<String> found() {
        return List.copyOf(met.keySet());
    }

    List<DatasetSummary.ClassCount> counts() {
        List<DatasetSummary.ClassCount> counts = new ArrayList<>();
        for (String name : sorted(met.keySet())) {
            Met known = met.get(name);
            counts.add(new DatasetSummary.ClassCount(name, known == null ? 0 : known.count));
        }
        return counts;
    }

    /** By number where all are integers, else alphabetically: the order doesn't depend on the rows'. */
    static List<String> sorted(Collection<String> names) {
        boolean integers = names.stream().allMatch(name -> name.matches("-?[0-9]{1,18}"));
        Comparator<String> order = Comparator.naturalOrder();
        return names.stream()
                .sorted(
                        integers
                                ? Comparator.<String>comparingLong(Long::parseLong)
                                        .thenComparing(order)
                                : order)
                .toList();
    }

    /** @return for each name found its index in {@code sorted} */
    static int[] ranks(List<String> found, List<String> sorted) {
        Map<String, Integer> index = HashMap.newHashMap(sorted.size());
        sorted.forEach(name -> index.put(name, index.size()));
        return found.stream().mapToInt(name -> index.getOrDefault(name, -1)).toArray();
    }
}
