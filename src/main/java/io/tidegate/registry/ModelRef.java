package io.tidegate.registry;

import java.util.regex.Pattern;

/**
 * How a caller names a version: {@code name}, {@code name@alias} or {@code name@version}. A bare name means its
 * {@code champion} where that alias exists, else its latest version.
 */
public record ModelRef(String name, Selector selector) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final Pattern ALIAS = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,8}");

    /** Which of a name's versions. */
    public sealed interface Selector {
        record Default() implements Selector {}

        record Alias(String alias) implements Selector {}

        record Version(int number) implements Selector {}
    }

    /** @throws RegistryException.NotFound for what can't be a model's name, version or alias: nothing of that name exists */
    public static ModelRef parse(String text) {
        int at = text.indexOf('@');
        String name = at < 0 ? text : text.substring(0, at);
        if (!NAME.matcher(name).matches()) {
            throw new RegistryException.NotFound("Request for unknown model: '" + shown(name) + "' is not found");
        }
        return new ModelRef(name, at < 0 ? new Selector.Default() : selector(name, text.substring(at + 1)));
    }

    /** A version, given apart from the name as the {@code /v2} paths do. */
    public static ModelRef of(String name, String version) {
        if (name.indexOf('@') >= 0) {
            throw new RegistryException.NotFound("Request for unknown model: '" + shown(name)
                    + "' is not found; give its version after @ or apart from the name, not both");
        }
        return new ModelRef(parse(name).name(), selector(name, version));
    }

    private static Selector selector(String name, String text) {
        if (VERSION.matcher(text).matches()) {
            return new Selector.Version(Integer.parseInt(text));
        }
        if (ALIAS.matcher(text).matches()) {
            return new Selector.Alias(text);
        }
        throw new RegistryException.NotFound("Request for unknown model: '" + shown(name) + "' version " + shown(text)
                + " is not found; a version is a number, an alias matches " + ALIAS);
    }

    /** Whether it names this one version, and means no other whatever becomes of aliases. */
    public boolean byNumber() {
        return selector instanceof Selector.Version;
    }

    /** Refuses what can't name a new model. */
    public static String requireName(String name) {
        if (!NAME.matcher(name).matches() || name.equals("stats")) {
            throw new RegistryException.BadName(
                    "model name: expected " + NAME + " and not 'stats', got '" + shown(name) + "'");
        }
        return name;
    }

    public static String requireAlias(String alias) {
        if (!ALIAS.matcher(alias).matches()) {
            throw new RegistryException.BadName("alias: expected " + ALIAS + ", got '" + shown(alias) + "'");
        }
        if (alias.equals(Aliases.LATEST)) {
            throw new RegistryException.BadName(
                    "alias: 'latest' is kept by the server and can't be set; choose another name, such as 'champion'");
        }
        return alias;
    }

    /** What a caller sent, cut to a length that fits a message. */
    private static String shown(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
