package io.tidegate.benchmark;

/** How large the trained network and its batch are. */
public enum Size {
    /** Working Memory Connections' pixel-by-pixel images. */
    H128_B128_T784_D1(128, 128, 784, 1, 10),
    /** Characters, as embedded. */
    H512_B32_T150_D64(512, 32, 150, 64, 64),
    /** Where the systems are compared before they are timed. */
    CHECK(7, 5, 9, 3, 4);

    final int hidden;
    final int batch;
    final int steps;
    final int features;
    final int classes;

    Size(int hidden, int batch, int steps, int features, int classes) {
        this.hidden = hidden;
        this.batch = batch;
        this.steps = steps;
        this.features = features;
        this.classes = classes;
    }

    /** Steps that one update reads. */
    int stepsPerUpdate() {
        return batch * steps;
    }
}
