package io.tidegate.sequences;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotIndexTest {

    /** Against a map from slots to hashes; few hashes make long chains that wrap around. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 50, 1 << 30})
    void findsWhatAMapFinds(int hashes) {
        SplittableRandom random = new SplittableRandom(hashes);
        SlotIndex index = new SlotIndex();
        Map<Integer, Integer> model = new HashMap<>();
        for (int round = 0; round < 40_000; round++) {
            int most = round % 20_000 < 10_000 ? 600 : 5; // grows, then shrinks
            int slot = 1 + random.nextInt(700);
            Integer hash = model.get(slot);
            if (hash == null && model.size() < most) {
                int drawn = random.nextInt(hashes) * 0x01000193;
                model.put(slot, drawn);
                index.add(SlotIndex.entry(drawn, slot));
            } else if (hash != null && (model.size() >= most || random.nextBoolean())) {
                model.remove(slot);
                assertThat(index.remove(SlotIndex.entry(hash, slot))).isTrue();
                assertThat(index.remove(SlotIndex.entry(hash, slot))).isFalse();
            }
            if (round % 100 == 0) {
                same(index, model);
            }
        }
    }

    private static void same(SlotIndex index, Map<Integer, Integer> model) {
        assertThat(index.size()).isEqualTo(model.size());
        Set<Integer> slots = new HashSet<>();
        index.forEach(slots::add);
        assertThat(slots).isEqualTo(model.keySet());
        model.forEach((slot, hash) -> {
            assertThat(index.find(hash, candidate -> candidate == slot)).isEqualTo(slot);
            assertThat(index.find(hash, _ -> false)).isEqualTo(Slabs.NONE);
            assertThat(index.contains(SlotIndex.entry(hash, slot))).isTrue();
            assertThat(index.contains(SlotIndex.entry(hash + 1, slot))).isFalse();
        });
    }
}
