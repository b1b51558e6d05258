package io.tidegate.core.train;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Random generators for the parts of a training, each from the one seed, its purpose and a counter. As no generator outlives
 * its epoch, a training can be taken up again anywhere without keeping a generator's state.
 */
public final class Seeds {

    private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
            RandomGeneratorFactory.of("L64X128MixRandom");

    private Seeds() {}

    public static RandomGenerator generator(long seed, String purpose, long counter) {
        return FACTORY.create(mix(mix(seed) + purpose.hashCode()) + mix(counter));
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014): neighbouring seeds give unrelated numbers. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** A random order of 0 … size − 1 (Fisher and Yates). */
    public static int[] permutation(int size, RandomGenerator random) {
        int[] order = new int[size];
        for (int k = 0; k < size; k++) {
            int other = random.nextInt(k + 1);
            order[k] = order[other];
            order[other] = k;
        }
        return order;
    }
}
