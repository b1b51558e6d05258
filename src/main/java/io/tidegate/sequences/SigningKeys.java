package io.tidegate.sequences;

import io.tidegate.platform.StartRefusedException;
import io.tidegate.platform.TidegateProperties;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that sign states which leave the server: one for new states, and those that states of others may be signed with. A key
 * has an id, the first 8 bytes of a SHA-256, that says nothing about it.
 */
final class SigningKeys {

    /** Bytes of a key's id. */
    static final int ID = 8;

    /** Bytes of a signature. */
    static final int SIGNATURE = 32;

    /** Under the data directory. */
    static final String FILE = "keys/sequence-signing.key";

    private static final String DIRECTORY = "keys";

    private static final int SHORTEST = 32;
    private static final byte[] ID_OF = "tidegate sequence state key id".getBytes(StandardCharsets.US_ASCII);

    /** Not a record: a key must not show where somebody prints it. */
    static final class Key {
        private final byte[] id;
        private final SecretKeySpec secret;

        private Key(byte[] secret) {
            try {
                MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                sha256.update(ID_OF);
                this.id = java.util.Arrays.copyOf(sha256.digest(secret), ID);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
            this.secret = new SecretKeySpec(secret, "HmacSHA256");
        }

        byte[] id() {
            return id.clone();
        }

        /** HMAC-SHA-256 of what the buffer still holds. */
        byte[] sign(ByteBuffer bytes) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(secret);
                mac.update(bytes);
                return mac.doFinal();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public String toString() {
            return "key " + HexFormat.of().formatHex(id);
        }
    }

    private final List<Key> keys;

    private SigningKeys(List<Key> keys) {
        this.keys = keys;
    }

    /** The keys of the settings; the current one is made under the data directory where they have none. */
    static SigningKeys of(TidegateProperties.Sequences settings, Path dataDir) {
        Key current = settings.signingKey().isBlank()
                ? kept(dataDir)
                : key("tidegate.sequences.signing-key", settings.signingKey());
        if (settings.previousSigningKey().isBlank()) {
            return new SigningKeys(List.of(current));
        }
        return new SigningKeys(
                List.of(current, key("tidegate.sequences.previous-signing-key", settings.previousSigningKey())));
    }

    /** Signs new states. */
    Key current() {
        return keys.getFirst();
    }

    /** Those with this id: one, or none. */
    List<Key> named(byte[] id) {
        return keys.stream().filter(key -> MessageDigest.isEqual(key.id, id)).toList();
    }

    private static Key key(String setting, String base64) {
        byte[] secret;
        try {
            secret = Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException _) { // its message shows a part of the key
            throw new StartRefusedException(
                    setting + " isn't Base64", "Give it as `openssl rand -base64 32` prints it.");
        }
        if (secret.length < SHORTEST) {
            throw new StartRefusedException(
                    setting + " has " + secret.length + " bytes; " + SHORTEST + " or more are needed",
                    "Give it as `openssl rand -base64 32` prints it.");
        }
        return new Key(secret);
    }

    private static Key kept(Path dataDir) {
        Path file = dataDir.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                make(dataDir, file);
            }
            return key("the signing key in " + FILE + " under the data directory", Files.readString(file));
        } catch (IOException e) {
            throw new StartRefusedException(
                    "the signing key for states of sequences can't be kept in " + FILE + " under the data directory: "
                            + e.getClass().getSimpleName(),
                    "Make the data directory writable, or set tidegate.sequences.signing-key.");
        }
    }

    /** Whole or not at all; where two processes make one at once, both keep the first. */
    private static void make(Path dataDir, Path file) throws IOException {
        Files.createDirectories(dataDir);
        boolean posix = Files.getFileStore(dataDir).supportsFileAttributeView("posix");
        Path directory = dataDir.resolve(DIRECTORY);
        try {
            Files.createDirectory(directory, owner(posix, "rwx------"));
        } catch (FileAlreadyExistsException _) {
            // it keeps the permissions that somebody gave it
        }
        byte[] secret = new byte[SHORTEST];
        new SecureRandom().nextBytes(secret);
        Path made = directory.resolve("." + UUID.randomUUID() + ".tmp");
        Files.createFile(made, owner(posix, "rw-------"));
        try {
            try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
                ByteBuffer text =
                        StandardCharsets.US_ASCII.encode(Base64.getEncoder().encodeToString(secret) + "\n");
                while (text.hasRemaining()) {
                    channel.write(text);
                }
                channel.force(true);
            }
            try {
                Files.createLink(file, made); // fails where there is one by now
            } catch (UnsupportedOperationException _) {
                Files.move(made, file);
            }
        } catch (FileAlreadyExistsException _) {
            // another process was faster
        } finally {
            Files.deleteIfExists(made);
        }
    }

    private static FileAttribute<?>[] owner(boolean posix, String permissions) {
        return posix
                ? Stream.of(PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)))
                        .toArray(FileAttribute[]::new)
                : new FileAttribute<?>[0];
    }
}
