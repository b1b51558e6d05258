package io.tidegate.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Uploads for tests. */
final class Sent {

    private Sent() {}

    static Datasets.Upload upload(String fileName, byte[] content) {
        return new Datasets.Upload(new ByteArrayInputStream(content), fileName, null, null, null);
    }

    static Datasets.Upload upload(String fileName, String content) {
        return upload(fileName, content.getBytes(StandardCharsets.UTF_8));
    }

    static Datasets.Upload idx(byte[] images, byte @Nullable [] labels) {
        return new Datasets.Upload(
                new ByteArrayInputStream(images),
                "images-idx3-ubyte.gz",
                labels == null ? null : new ByteArrayInputStream(labels),
                null,
                null);
    }

    static byte[] images(int magic, int count, int rows, int columns, int bytes) {
        return data(out -> {
            for (int size : new int[] {magic, count, rows, columns}) {
                out.writeInt(size);
            }
            for (int k = 0; k < bytes; k++) {
                out.writeByte(k);
            }
        });
    }

    static byte[] labels(int magic, int count, int... labels) {
        return data(out -> {
            out.writeInt(magic);
            out.writeInt(count);
            for (int label : labels) {
                out.writeByte(label);
            }
        });
    }

    static byte[] gzip(byte[] content) {
        return data(out -> {
            try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
                gzip.write(content);
            }
        });
    }

    interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    static byte[] data(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writing.to(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Uploads what must be refused, and checks that nothing is left of it. */
    static DatasetException.Refused refused(Datasets datasets, Path dataDir, Datasets.Upload upload) {
        DatasetException.Refused refused =
                catchThrowableOfType(DatasetException.Refused.class, () -> datasets.add(upload));
        assertThat(refused).as("refusal of " + upload.fileName()).isNotNull();
        assertNothingLeft(dataDir);
        return refused;
    }

    static void assertNothingLeft(Path dataDir) {
        try (Stream<Path> staged = Files.list(dataDir.resolve("datasets/.staging"));
                Stream<Path> kept = Files.list(dataDir.resolve("datasets"))) {
            assertThat(staged).isEmpty();
            assertThat(kept).hasSize(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
