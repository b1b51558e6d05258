package io.tidegate.datasets;

import io.tidegate.datasets.caption.CaptionData;
import io.tidegate.datasets.caption.CaptionDataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Captioned images. */
public record CaptionContent(CaptionData data) implements DatasetContent {

    static final String FEATURES = "features.safetensors", CAPTIONS = "captions.json";

    static CaptionContent open(Path folder, String id) {
        try {
            return new CaptionContent(CaptionData.open(folder.resolve(FEATURES), folder.resolve(CAPTIONS)));
        } catch (CaptionDataException e) {
            throw new DatasetException.Damaged(id, e.getMessage() == null ? "its captions" : e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("dataset '" + id + "' can't be read", e);
        }
    }

    @Override
    public void close() {
        data.close();
    }
}
