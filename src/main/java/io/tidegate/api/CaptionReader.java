package io.tidegate.api;

import io.tidegate.checkpoint.ModelInput;
import io.tidegate.inference.Captioner;
import io.tidegate.inference.InvalidInputException;
import io.tidegate.inference.RequestInput;
import io.tidegate.platform.TidegateProperties.Limits;
import io.tidegate.registry.ModelVersion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads <code>{"features": [[…], …]}</code> or <code>{"regions": [[[…], …], …]}</code>, whichever the captioning model takes,
 * with {@code beamWidth} and {@code maxWords}.
 */
final class CaptionReader implements JsonBody.Reader<CaptionReader.CaptionRequest> {

    record CaptionRequest(RequestInput.Features images, Captioner.Options options) {}

    private final String model;
    private final boolean regions;
    private final int size;
    private final Limits limits;

    private final NumberRows values = new NumberRows(); // [all regions, size]
    private final List<Integer> offsets = new ArrayList<>(List.of(0));

    /** @param version of a captioning model */
    CaptionReader(ModelVersion version, Limits limits) {
        this.model = version.name();
        this.limits = limits;
        ModelInput input = version.card().descriptor().input();
        this.regions = input instanceof ModelInput.RegionFeatures;
        this.size = switch (input) {
            case ModelInput.ImageFeatures image -> image.size();
            case ModelInput.RegionFeatures region -> region.size();
            case ModelInput.Features _, ModelInput.Characters _ ->
                throw new IllegalStateException("no captioner reads sequences");
        };
    }

    @Override
    public CaptionRequest read(JsonParser json) {
        String images = regions ? "regions" : "features";
        PredictReader.require(json, JsonToken.START_OBJECT, "", "an object with \"" + images + "\"");
        boolean found = false;
        @Nullable Integer beamWidth = null, maxWords = null;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String field = json.currentName();
            json.nextToken();
            if (field.equals(images)) {
                found = true;
                images(json, "/" + images);
            } else if (field.equals("beamWidth")) {
                beamWidth = whole(json, "/beamWidth");
            } else if (field.equals("maxWords")) {
                maxWords = whole(json, "/maxWords");
            } else {
                throw new InvalidInputException(
                        "/" + field,
                        "model '" + model + "' captions images: expected \"" + images + "\", " + shape()
                                + ", \"beamWidth\" or \"maxWords\", got \"" + field + "\"");
            }
        }
        if (!found) {
            throw new InvalidInputException(
                    "",
                    "model '" + model + "' captions images: expected \"" + images + "\", " + shape() + ", got none");
        }
        int[] ends = offsets.stream().mapToInt(at -> at).toArray();
        return new CaptionRequest(
                new RequestInput.Features(values.toArray(), size, ends), new Captioner.Options(beamWidth, maxWords));
    }

    private String shape() {
        return (regions ? "[images][regions][" : "[images][") + size + "]";
    }

    private void images(JsonParser json, String pointer) {
        PredictReader.require(json, JsonToken.START_ARRAY, pointer, "an array of images, " + shape());
        while (json.nextToken() != JsonToken.END_ARRAY) {
            int image = offsets.size() - 1;
            PredictReader.requireAtMost(limits.maxBatch(), image + 1, "images (tidegate.limits.max-batch)", pointer);
            String at = pointer + "/" + image;
            if (regions) {
                PredictReader.require(json, JsonToken.START_ARRAY, at, "an image: an array of regions");
                for (int region = 0; json.nextToken() != JsonToken.END_ARRAY; region++) {
                    PredictReader.requireAtMost(
                            limits.maxSteps(), region + 1, "regions (tidegate.limits.max-steps)", at);
                    vector(json, at + "/" + region);
                }
            } else {
                vector(json, at);
            }
            offsets.add(values.count() / size);
        }
    }

    private void vector(JsonParser json, String pointer) {
        PredictReader.require(json, JsonToken.START_ARRAY, pointer, "an array of " + size + " numbers");
        int numbers = values.read(json, size, pointer);
        if (numbers != size) {
            throw new InvalidInputException(
                    pointer,
                    "model '" + model + "' takes " + size + " numbers per " + (regions ? "region" : "image") + ", got "
                            + numbers);
        }
    }

    private static int whole(JsonParser json, String pointer) {
        if (!json.hasToken(JsonToken.VALUE_NUMBER_INT)
                || json.getBigIntegerValue().bitLength() > 31) {
            throw new InvalidInputException(
                    pointer, "expected a whole number, got " + PredictReader.described(json.currentToken()));
        }
        return json.getIntValue();
    }
}
