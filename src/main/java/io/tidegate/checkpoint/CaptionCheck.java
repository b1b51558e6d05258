package io.tidegate.checkpoint;

import io.tidegate.core.caption.DecoderType;
import io.tidegate.core.network.LayerConfig;
import java.util.List;
import java.util.Optional;

/** What a decoder asks of a {@code model.json}'s other parts. */
record CaptionCheck(Problems problems) {

    void check(DecoderType decoder, Optional<ModelInput> input, List<LayerConfig> layers) {
        String kind = decoder == DecoderType.UP_DOWN ? "region-features" : "image-features";
        if (input.isPresent() && !input.get().kind().equals(kind)) {
            problems.add(
                    "/input/kind",
                    "expected '" + kind + "' for the decoder " + decoder + ", got '"
                            + input.get().kind() + "'");
        }
        if (!layers.isEmpty() && layers.size() != decoder.layers()) {
            problems.add(
                    "/layers",
                    "expected " + decoder.layers() + " for the decoder " + decoder
                            + (decoder == DecoderType.UP_DOWN ? ", the attention's and the language's" : "") + ", got "
                            + layers.size());
        }
        for (int k = 0; k < layers.size(); k++) {
            if (layers.get(k).bidirectional()) {
                problems.add("/layers/" + k + "/bidirectional", "expected false in a captioning model, got true");
            }
        }
    }
}
