package io.tidegate.datasets;

import java.io.IOException;

/**
 * Reads MNIST's format (yann.lecun.com/exdb/mnist): big-endian sizes, then bytes. Each image is a sequence of rows · columns
 * steps of one pixel, 0 to 255, row by row.
 */
final class IdxReader {

    private static final int IMAGES = 0x0803, LABELS = 0x0801; // unsigned bytes in three dimensions, and in one
    private static final int LARGEST = 1 << 24; // pixels

    private final SequenceWriter writer;

    IdxReader(SequenceWriter writer) {
        this.writer = writer;
    }

    /** @param labelled whether {@link #labels} will be read next */
    void images(PartStream in, boolean labelled) throws IOException {
        require(in, IMAGES, "an IDX file of images (magic number 2051)");
        int count = size(in, "images");
        long pixels = (long) size(in, "rows") * size(in, "columns");
        if (pixels > LARGEST) {
            throw new DatasetException.Refused(
                    in.part(), "expected images of at most " + LARGEST + " pixels, got " + pixels);
        }
        byte[] image = new byte[(int) pixels];
        float[] steps = new float[image.length]; // [pixels, 1]
        for (int k = 0; k < count; k++) {
            requireWhole(in, image, "image", k, count);
            for (int pixel = 0; pixel < image.length; pixel++) {
                steps[pixel] = image[pixel] & 0xff;
            }
            writer.begin(labelled ? Expected.LABEL : Expected.NONE);
            writer.steps(steps, image.length, 1);
            writer.end();
        }
        requireEnd(in);
    }

    void labels(PartStream in) throws IOException {
        require(in, LABELS, "an IDX file of labels (magic number 2049)");
        int count = size(in, "labels");
        if (count != writer.count()) {
            throw new DatasetException.Refused(
                    in.part(), "expected a label for each of " + writer.count() + " images, got " + count);
        }
        byte[] label = new byte[1];
        for (int k = 0; k < count; k++) {
            requireWhole(in, label, "label", k, count);
            writer.label(Integer.toString(label[0] & 0xff));
        }
        requireEnd(in);
    }

    private static void require(PartStream in, int magic, String what) throws IOException {
        int found = size(in, "magic number", false);
        if (found != magic) {
            throw new DatasetException.Refused(
                    in.part(), "expected " + what + ", got the magic number " + Integer.toUnsignedString(found));
        }
    }

    private static int size(PartStream in, String what) throws IOException {
        return size(in, what, true);
    }

    private static int size(PartStream in, String what, boolean positive) throws IOException {
        byte[] four = in.readNBytes(Integer.BYTES);
        if (four.length < Integer.BYTES) {
            throw new DatasetException.Refused(in.part(), "expected its " + what + " in the header, got its end");
        }
        int size = (four[0] & 0xff) << 24 | (four[1] & 0xff) << 16 | (four[2] & 0xff) << 8 | (four[3] & 0xff);
        if (positive && size < 1) {
            throw new DatasetException.Refused(
                    in.part(),
                    "expected 1 to " + Integer.MAX_VALUE + " " + what + ", got " + Integer.toUnsignedString(size));
        }
        return size;
    }

    private static void requireWhole(PartStream in, byte[] whole, String what, int k, int count) throws IOException {
        if (in.readNBytes(whole, 0, whole.length) < whole.length) {
            throw new DatasetException.Refused(
                    in.part(), "expected " + count + " " + what + "s, got its end within " + what + " " + (k + 1));
        }
    }

    private static void requireEnd(PartStream in) throws IOException {
        if (in.read() >= 0) {
            throw new DatasetException.Refused(in.part(), "expected its end after what its header counts, got more");
        }
    }
}
