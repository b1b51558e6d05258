package io.tidegate.oip.rest;

import io.tidegate.inference.InvalidInputException;
import io.tidegate.oip.InferRequest;
import io.tidegate.oip.InferRequest.RequestedOutput;
import io.tidegate.oip.InputTensor;
import io.tidegate.oip.Signature;
import io.tidegate.platform.TidegateProperties.Limits;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/** Reads a request for one model off the wire, and stops at the first thing that is wrong with it. */
final class InferRequestReader {

    private final JsonBody body;
    private final Signature signature;
    private final Limits limits;

    private @Nullable String id;
    private final Map<String, InputTensor> inputs = new LinkedHashMap<>();
    private final Set<String> outputs = new LinkedHashSet<>();

    private InferRequestReader(JsonBody body, Signature signature, Limits limits) {
        this.body = body;
        this.signature = signature;
        this.limits = limits;
    }

    static InferRequest read(InputStream in, Signature signature, Limits limits) {
        try (JsonBody body = new JsonBody(in)) {
            return new InferRequestReader(body, signature, limits).request();
        }
    }

    private InferRequest request() {
        body.object("a JSON object with \"inputs\"", name -> {
            if (body.token() != JsonToken.VALUE_NULL) { // some clients send null for what they leave out
                member(name);
            }
        });
        body.requireEnd();
        List<RequestedOutput> wanted =
                outputs.stream().map(RequestedOutput::new).toList();
        return new InferRequest(id, inputs, wanted, 0, 0, null);
    }

    private void member(String name) {
        switch (name) {
            case "id" -> id = body.string("a string");
            case "parameters" -> UnservedParameters.refuse(body);
            case "inputs" -> body.array("an array of tensors", this::input);
            case "outputs" -> body.array("an array of objects with a \"name\"", this::output);
            default -> body.skip();
        }
    }

    private void input() {
        InputTensor tensor = new InputTensorReader(body, limits).read();
        if (signature.input(tensor.name()).isEmpty()) {
            throw new InvalidInputException(
                    "",
                    "unexpected inference input '" + tensor.name() + "' for model '" + signature.model()
                            + "'; it takes " + Signature.names(signature.everyInput()));
        }
        if (inputs.put(tensor.name(), tensor) != null) {
            throw new InvalidInputException("", "input '" + tensor.name() + "' already exists in request");
        }
    }

    private void output() {
        String[] name = {""};
        body.object("an object with a \"name\"", member -> {
            switch (member) {
                case "name" -> name[0] = body.string("an output's name");
                case "parameters" -> UnservedParameters.refuse(body);
                default -> body.skip();
            }
        });
        if (name[0].isEmpty()) {
            throw body.problem("expected the \"name\" of an output, got none");
        }
        if (signature.output(name[0]).isEmpty()) {
            String reason =
                    name[0].startsWith("final_") ? " (final states are given where all layers have one size)" : "";
            throw new InvalidInputException(
                    "",
                    "unexpected inference output '" + name[0] + "' for model '" + signature.model() + "'; it gives "
                            + Signature.names(signature.everyOutput()) + reason);
        }
        outputs.add(name[0]);
    }
}
