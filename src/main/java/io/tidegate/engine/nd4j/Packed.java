package io.tidegate.engine.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Some of a network's parameters, or of a gradient, in the order in which the engine computes with them. */
final class Packed {

    /** Pairs each number here with the one in the network's layout that it belongs to. */
    interface Order {
        void forEach(Pairs pairs);
    }

    /** Takes the index of a number here and that of its partner in the network's layout. */
    interface Pairs {
        void pair(int packed, int parameter);
    }

    private final INDArray array;
    private final Order order;

    Packed(INDArray array, Order order) {
        this.array = array;
        this.order = order;
    }

    INDArray array() {
        return array;
    }

    /** Takes over the network's parameters. Where several belong to one number here, it becomes their sum. */
    void load(double[] parameters) {
        float[] values = new float[Math.toIntExact(array.length())];
        order.forEach((packed, parameter) -> values[packed] += (float) parameters[parameter]);
        try (INDArray copy = Nd4j.create(values, array.shape(), array.stride(), 'c', DataType.FLOAT)) {
            array.assign(copy);
        }
    }

    /** Adds this gradient to one in the network's layout: what {@link #load} summed gets the same share each. */
    void addTo(double[] gradient) {
        float[] values = array.data().asFloat();
        order.forEach((packed, parameter) -> gradient[parameter] += values[packed]);
    }
}
