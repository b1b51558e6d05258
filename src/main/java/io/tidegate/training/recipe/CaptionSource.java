package io.tidegate.training.recipe;

import io.tidegate.datasets.caption.CaptionData;

/** Where captioned images that were uploaded are found. */
@FunctionalInterface
public interface CaptionSource {

    /**
     * @param dataset its id
     * @throws InvalidParametersException if there is none, or it is of another format
     */
    CaptionData open(String dataset);

    /** Nothing was uploaded. */
    CaptionSource NONE = dataset -> {
        throw new InvalidParametersException(
                "/dataset",
                "expected a dataset of format " + CaptionData.FORMAT + ", got '" + dataset + "', which isn't one");
    };
}
