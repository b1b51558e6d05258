package io.tidegate.sequences;

import io.tidegate.platform.StartRefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What signs states that leave the server. Servers that exchange states share the key.
 *
 * @param keys the first signs; each is accepted
 */
record SigningKeys(List<Key> keys) {

    static final int BYTES = 32;
    static final int ID_BYTES = 8;

    private static final String ALGORITHM = "HmacSHA256";

    /** @param id names the key without telling it: the first bytes of what it signs for a fixed text */
    record Key(SecretKeySpec secret, long id) {

        static Key of(byte[] secret) {
            SecretKeySpec key = new SecretKeySpec(secret, ALGORITHM);
            return new Key(
                    key,
                    ByteBuffer.wrap(sign(key, "tidegate key id".getBytes(StandardCharsets.UTF_8)))
                            .getLong());
        }

        byte[] sign(byte[] message) {
            return sign(secret, message);
        }

        private static byte[] sign(SecretKeySpec secret, byte[] message) {
            try {
                Mac mac = Mac.getInstance(ALGORITHM);
                mac.init(secret);
                return mac.doFinal(message);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java has " + ALGORITHM, e);
            }
        }
    }

    /**
     * @param current in Base64; empty for one that is made once and kept under the data directory
     * @param previous in Base64; empty for none
     */
    static SigningKeys of(String current, String previous, Path dataDir) {
        byte[] first = current.isEmpty() ? kept(dataDir) : decoded("signing-key", current);
        Stream<byte[]> second =
                previous.isEmpty() ? Stream.empty() : Stream.of(decoded("previous-signing-key", previous));
        return new SigningKeys(
                Stream.concat(Stream.of(first), second).map(Key::of).toList());
    }

    Key signing() {
        return keys.getFirst();
    }

    Optional<Key> find(long id) {
        return keys.stream().filter(key -> key.id() == id).findFirst();
    }

    private static byte[] decoded(String setting, String text) {
        try {
            byte[] secret = Base64.getDecoder().decode(text.strip());
            if (secret.length >= BYTES) {
                return secret;
            }
        } catch (IllegalArgumentException e) {
            // said below, without the key
        }
        throw new StartRefusedException(
                "tidegate.sequences." + setting + ": expected at least " + BYTES + " bytes in Base64.",
                "Make one with: openssl rand -base64 " + BYTES);
    }

    private static byte[] kept(Path dataDir) {
        Path file = dataDir.resolve("keys").resolve("sequences.key");
        byte[] secret;
        try {
            if (!Files.exists(file)) {
                make(file);
            }
            secret = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new StartRefusedException(
                    "the key that signs live sequences' states can't be kept in keys/sequences.key under the data"
                            + " directory: " + e.getMessage(),
                    "Make the data directory writable, or set tidegate.sequences.signing-key.");
        }
        if (secret.length < BYTES) {
            throw new StartRefusedException(
                    "the key that signs live sequences' states is damaged: expected " + BYTES
                            + " bytes in keys/sequences.key under the data directory, got " + secret.length + ".",
                    "Put the key back, or delete the file: states signed with the old one are then refused.");
        }
        return secret;
    }

    /** Whole or not at all; where two processes make one at once, both keep the first. */
    private static void make(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        byte[] secret = new byte[BYTES];
        new SecureRandom().nextBytes(secret);
        Path whole = Files.createTempFile(file.getParent(), ".key", ""); // its owner's only
        try {
            Files.write(whole, secret, StandardOpenOption.SYNC);
            Files.createLink(file, whole);
        } catch (FileAlreadyExistsException e) {
            // another process was faster
        } finally {
            Files.delete(whole);
        }
    }
}
