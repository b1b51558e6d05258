package io.tidegate.datasets.caption;

import io.tidegate.core.train.Seeds;
import io.tidegate.datasets.caption.CaptionedImage.Split;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Generated scenes: two coloured shapes in different places, seen with noise, and sentences that say what and where they are.
 * Each scene and its sentences are drawn from the seed and its number alone. Of ten scenes in a row, eight train, the ninth
 * validates and the tenth tests.
 */
public final class Scenes {

    private static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "black"),
            SHAPES = List.of("circle", "square", "triangle", "star");
    private static final int CAPTIONS = 4, SIZE = COLOURS.size() + SHAPES.size() + 3; // and place and size
    private static final double NOISE = 0.1;

    /** @param x, y of its middle, each from −1 to 1, upwards and to the right */
    private record Thing(int colour, int shape, boolean big, double x, double y) {

        static Thing random(RandomGenerator random) {
            return new Thing(
                    random.nextInt(COLOURS.size()),
                    random.nextInt(SHAPES.size()),
                    random.nextBoolean(),
                    random.nextDouble(-1, 1),
                    random.nextDouble(-1, 1));
        }

        String phrase(RandomGenerator random) {
            String size = random.nextInt(4) > 0 ? "" : big ? "big " : "small ";
            return "a " + size + COLOURS.get(colour) + " " + SHAPES.get(shape);
        }

        /** Where this is, seen from the other. */
        String relation(Thing other) {
            double right = x - other.x, up = y - other.y;
            if (Math.abs(right) > Math.abs(up)) {
                return right > 0 ? "to the right of" : "to the left of";
            }
            return up > 0 ? "above" : "below";
        }

        double[] seen(RandomGenerator random) {
            double[] features = new double[SIZE];
            features[colour] = 1;
            features[COLOURS.size() + shape] = 1;
            features[SIZE - 3] = x;
            features[SIZE - 2] = y;
            features[SIZE - 1] = big ? 1 : 0;
            for (int k = 0; k < SIZE; k++) {
                features[k] += NOISE * random.nextGaussian();
            }
            return features;
        }
    }

    private Scenes() {}

    /** With a vector for each thing and one of nothing but noise, in any order, [3][F]. */
    public static CaptionData regions(int scenes, long seed) {
        return generate(scenes, seed, true);
    }

    /** With one vector for the whole, the left thing's features before the right one's, [1][2F]. */
    public static CaptionData vectors(int scenes, long seed) {
        return generate(scenes, seed, false);
    }

    private static CaptionData generate(int scenes, long seed, boolean regions) {
        List<CaptionedImage> images = new ArrayList<>();
        Map<String, double[][]> features = new HashMap<>();
        for (int scene = 0; scene < scenes; scene++) {
            RandomGenerator random = Seeds.generator(seed, "scene", scene);
            Thing one = Thing.random(random), other = Thing.random(random);
            List<List<String>> captions = new ArrayList<>();
            for (int k = 0; k < CAPTIONS; k++) {
                captions.add(Sentence.words(sentence(one, other, random)));
            }
            String id = "scene-" + scene;
            images.add(new CaptionedImage(id, split(scene), captions));
            features.put(id, regions ? threeRegions(one, other, random) : oneVector(one, other, random));
        }
        return new CaptionData(
                images,
                regions ? SIZE : 2 * SIZE,
                regions,
                id -> {
                    double[][] found = features.get(id);
                    if (found == null) {
                        throw new IllegalArgumentException("no scene '" + id + "'");
                    }
                    return found;
                },
                () -> {});
    }

    private static Split split(int scene) {
        return switch (scene % 10) {
            case 8 -> Split.VALIDATION;
            case 9 -> Split.TEST;
            default -> Split.TRAIN;
        };
    }

    private static String sentence(Thing one, Thing other, RandomGenerator random) {
        boolean turned = random.nextBoolean();
        Thing first = turned ? other : one, second = turned ? one : other;
        String a = first.phrase(random), b = second.phrase(random), where = first.relation(second);
        return switch (random.nextInt(4)) {
            case 0 -> "there is " + a + " " + where + " " + b;
            case 1 -> a + " and " + b;
            default -> a + " " + where + " " + b;
        };
    }

    private static double[][] threeRegions(Thing one, Thing other, RandomGenerator random) {
        double[] nothing = new double[SIZE];
        for (int k = 0; k < SIZE; k++) {
            nothing[k] = NOISE * random.nextGaussian();
        }
        double[][] all = {one.seen(random), other.seen(random), nothing}, mixed = new double[all.length][];
        int[] order = Seeds.permutation(all.length, random);
        for (int r = 0; r < all.length; r++) {
            mixed[r] = all[order[r]];
        }
        return mixed;
    }

    private static double[][] oneVector(Thing one, Thing other, RandomGenerator random) {
        boolean inOrder = one.x() < other.x();
        double[] left = (inOrder ? one : other).seen(random), right = (inOrder ? other : one).seen(random);
        double[] both = new double[2 * SIZE];
        System.arraycopy(left, 0, both, 0, SIZE);
        System.arraycopy(right, 0, both, SIZE, SIZE);
        return new double[][] {both};
    }
}
