package io.tidegate.api;

import io.tidegate.datasets.Datasets;
import io.tidegate.inference.InvalidInputException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
import org.apache.tomcat.util.http.fileupload.FileUploadException;
import org.apache.tomcat.util.http.fileupload.MultipartStream;
import org.apache.tomcat.util.http.fileupload.impl.FileUploadIOException;
import org.apache.tomcat.util.http.fileupload.servlet.ServletRequestContext;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a dataset's upload, in whatever order they come. Files go straight from the connection to a folder on the data
 * directory's disk, and are read from there once all parts have come.
 */
final class DatasetParts {

    private static final Set<String> FILES = Set.of("file", "labels"), FIELDS = Set.of("format", "name");
    private static final int LONGEST_FIELD = 4096; // bytes
    private static final int LONGEST_HEADER = 8192; // bytes, of one part

    private final Datasets datasets;
    private final Path folder;
    private final Map<String, String> fields = new HashMap<>();
    private String fileName = "";

    /** @param folder an empty one */
    DatasetParts(Datasets datasets, Path folder) {
        this.datasets = datasets;
        this.folder = folder;
    }

    /** Reads the request to its end. */
    void receive(HttpServletRequest request) throws IOException {
        FileUpload upload = new FileUpload();
        upload.setPartHeaderSizeMax(LONGEST_HEADER);
        upload.setHeaderEncoding(StandardCharsets.UTF_8.name());
        try {
            FileItemIterator parts = upload.getItemIterator(new ServletRequestContext(request));
            while (parts.hasNext()) {
                receive(parts.next());
            }
        } catch (FileUploadException | FileUploadIOException | MultipartStream.MalformedStreamException e) {
            throw new InvalidInputException(
                    "",
                    "expected multipart/form-data as RFC 7578 has it, with a part 'file', got something else; with curl:"
                            + " -F file=@data.ndjson");
        }
        if (!Files.exists(folder.resolve("file"))) {
            throw new InvalidInputException("/file", "expected a part 'file' with the data, got none");
        }
    }

    private void receive(FileItemStream part) throws IOException {
        String name = Objects.requireNonNullElse(part.getFieldName(), "");
        boolean file = FILES.contains(name);
        if (!file && !FIELDS.contains(name)) {
            throw new InvalidInputException(
                    "", "expected the parts 'file', 'labels', 'format' and 'name', got another one");
        }
        if (fields.containsKey(name) || Files.exists(folder.resolve(name))) {
            throw new InvalidInputException("/" + name, "expected the part '" + name + "' once, got it twice");
        }
        try (InputStream in = part.openStream()) {
            if (file) {
                datasets.spool(in, folder.resolve(name));
            } else {
                fields.put(name, field(name, in));
            }
        }
        if (name.equals("file")) {
            fileName = Objects.requireNonNullElse(part.getName(), "");
        }
    }

    private static String field(String name, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(LONGEST_FIELD + 1);
        if (bytes.length > LONGEST_FIELD) {
            throw new InvalidInputException(
                    "/" + name,
                    "expected the part '" + name + "' to have at most " + LONGEST_FIELD + " bytes, got more");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Has what was received read, checked and kept. */
    Datasets.Added add() throws IOException {
        try (InputStream file = Files.newInputStream(folder.resolve("file"));
                InputStream labels = labels()) {
            return datasets.add(new Datasets.Upload(file, fileName, labels, fields.get("format"), fields.get("name")));
        }
    }

    private @Nullable InputStream labels() throws IOException {
        Path labels = folder.resolve("labels");
        return Files.exists(labels) ? Files.newInputStream(labels) : null;
    }
}
