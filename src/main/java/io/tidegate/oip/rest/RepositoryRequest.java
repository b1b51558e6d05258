package io.tidegate.oip.rest;

import io.tidegate.oip.Repository;
import java.io.InputStream;

/**
 * The body of a call to the repository, which may be empty.
 *
 * @param ready whether an index is to hold only versions that can answer
 */
record RepositoryRequest(boolean ready) {

    static RepositoryRequest read(InputStream in) {
        try (JsonBody body = new JsonBody(in)) {
            if (body.isEmpty()) {
                return new RepositoryRequest(false);
            }
            boolean[] ready = {false};
            body.object("a JSON object, or nothing", name -> {
                switch (name) {
                    case "ready" -> ready[0] = body.flag("true or false");
                    case "parameters" -> refuseOverrides(body);
                    default -> body.skip();
                }
            });
            body.requireEnd();
            return new RepositoryRequest(ready[0]);
        }
    }

    private static void refuseOverrides(JsonBody body) {
        body.object("an object of parameters", name -> {
            if (Repository.isOverride(name)) {
                throw body.refusal("none: a model is loaded as it was published");
            }
            body.skip();
        });
    }
}
