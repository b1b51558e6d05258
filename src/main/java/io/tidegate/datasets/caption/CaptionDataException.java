package io.tidegate.datasets.caption;

/** Images or captions that are refused. The message, which names the place, is for whoever sent them. */
public final class CaptionDataException extends RuntimeException {

    CaptionDataException(String message) {
        super(message);
    }
}
