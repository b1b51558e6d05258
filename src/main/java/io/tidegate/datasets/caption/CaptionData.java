package io.tidegate.datasets.caption;

import io.tidegate.checkpoint.CheckpointException;
import io.tidegate.checkpoint.Safetensors;
import io.tidegate.datasets.caption.CaptionedImage.Split;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Images with features and captions, whose features stay on disk until they are asked for. */
public final class CaptionData implements AutoCloseable {

    /** The name of the format: features as safetensors, in the part {@code file}, and captions as JSON, in {@code labels}. */
    public static final String FORMAT = "captions";

    private final List<CaptionedImage> images;
    private final int featureSize;
    private final boolean regions;
    private final Function<String, double[][]> features;
    private final Runnable close;

    CaptionData(
            List<CaptionedImage> images,
            int featureSize,
            boolean regions,
            Function<String, double[][]> features,
            Runnable close) {
        this.images = List.copyOf(images);
        this.featureSize = featureSize;
        this.regions = regions;
        this.features = features;
        this.close = close;
    }

    /**
     * Opens two files, which nobody changes until the data are closed.
     *
     * @param featuresFile safetensors: for each image a tensor of its id, [features] or [regions, features]
     * @param captionsFile as {@link CaptionsReader} describes
     * @throws CaptionDataException for what isn't so, with its place
     */
    public static CaptionData open(Path featuresFile, Path captionsFile) throws IOException {
        List<CaptionedImage> images;
        try (InputStream in = Files.newInputStream(captionsFile)) {
            images = CaptionsReader.read(in);
        }
        Arena arena = Arena.ofShared();
        try {
            Safetensors tensors = Safetensors.open(featuresFile, arena);
            Map<String, List<Integer>> shapes = tensors.shapes();
            List<Integer> first = requireShapes(images, shapes);
            int size = first.getLast();
            return new CaptionData(images, size, first.size() == 2, id -> rows(tensors.values(id), size), arena::close);
        } catch (CheckpointException e) {
            arena.close();
            throw features(e);
        } catch (CaptionDataException | IOException e) {
            arena.close();
            throw e;
        }
    }

    /** Every image has its tensor and every tensor its image, all of one kind; the first one's shape. */
    private static List<Integer> requireShapes(List<CaptionedImage> images, Map<String, List<Integer>> shapes) {
        List<Integer> first = List.of();
        for (CaptionedImage image : images) {
            List<Integer> shape = shapes.get(image.id());
            if (shape == null) {
                throw new CaptionDataException("features: expected a tensor '" + image.id()
                        + "', as the captions have such an image, got none");
            }
            if (shape.isEmpty() || shape.size() > 2 || shape.contains(0)) {
                throw new CaptionDataException("features, tensor '" + image.id()
                        + "': expected shape [features] or [regions, features] without a 0, got " + shape);
            }
            first = first.isEmpty() ? shape : first;
            if (shape.size() != first.size() || !shape.getLast().equals(first.getLast())) {
                throw new CaptionDataException("features, tensor '" + image.id() + "': expected "
                        + (first.size() == 2 ? "[regions, " : "[") + first.getLast() + "] as for the first image, got "
                        + shape);
            }
        }
        Set<String> extra = new HashSet<>(shapes.keySet());
        images.forEach(image -> extra.remove(image.id()));
        if (!extra.isEmpty()) {
            throw new CaptionDataException("captions: expected an image '"
                    + extra.stream().min(String::compareTo).orElseThrow() + "', as there are such features, got none");
        }
        return first;
    }

    private static double[][] rows(double[] values, int size) {
        double[][] rows = new double[values.length / size][size];
        for (int k = 0; k < values.length; k++) {
            rows[k / size][k % size] = values[k];
        }
        return rows;
    }

    private static CaptionDataException features(CheckpointException e) {
        return new CaptionDataException("features: "
                + e.problems().stream()
                        .map(problem -> problem.message().replaceFirst("^weights file: ", ""))
                        .collect(Collectors.joining("; ")));
    }

    /** Reads every number once, as on arrival: training would otherwise meet a bad one hours later. */
    public void checkFeatures() {
        images.forEach(image -> regions(image));
    }

    public List<CaptionedImage> images(Split split) {
        return images.stream().filter(image -> image.split() == split).toList();
    }

    /** F, numbers of an image's vector or of each of its regions. */
    public int featureSize() {
        return featureSize;
    }

    /** Whether images have regions, and not one vector each. */
    public boolean regions() {
        return regions;
    }

    /** An image's features, [regions][F]; one row for an image that is one vector. */
    public double[][] regions(CaptionedImage image) {
        try {
            return features.apply(image.id());
        } catch (CheckpointException e) {
            throw features(e);
        }
    }

    @Override
    public void close() {
        close.run();
    }
}
