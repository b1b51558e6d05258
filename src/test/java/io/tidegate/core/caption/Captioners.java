package io.tidegate.core.caption;

import io.tidegate.core.cell.CellType;
import io.tidegate.core.network.Initialization;
import io.tidegate.core.network.LayerConfig;
import io.tidegate.core.network.Weights;
import java.util.Collections;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Small random captioners, and images for them, from one seed. */
final class Captioners {

    static final int WORDS = 5, FEATURES = 3;

    private final SplittableRandom random;

    Captioners(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Each decoder with each cell. */
    static Stream<CaptionConfig> configs() {
        return Stream.of(CellType.values())
                .flatMap(cell -> Stream.of(DecoderType.values()).map(decoder -> config(decoder, cell)));
    }

    static CaptionConfig config(DecoderType decoder, CellType cell) {
        int attention = decoder == DecoderType.UP_DOWN ? 4 : 0;
        LayerConfig layer = new LayerConfig(cell, 3, false);
        return new CaptionConfig(decoder, FEATURES, WORDS, 2, attention, Collections.nCopies(decoder.layers(), layer));
    }

    /** Weights with no zero among them. */
    Weights weights(CaptionConfig config) {
        Weights weights = Initialization.STANDARD.weights(config.layout(), random);
        for (int k = 0; k < weights.values().length; k++) {
            weights.values()[k] += random.nextDouble(-0.3, 0.3);
        }
        return weights;
    }

    Captioner captioner(CaptionConfig config) {
        return Captioner.of(config, weights(config));
    }

    double[][] image(int regions) {
        double[][] image = new double[regions][];
        for (int r = 0; r < regions; r++) {
            image[r] = random.doubles(FEATURES, -1, 1).toArray();
        }
        return image;
    }

    int[] caption(int words) {
        return random.ints(words, 1, WORDS + 1).toArray();
    }
}
