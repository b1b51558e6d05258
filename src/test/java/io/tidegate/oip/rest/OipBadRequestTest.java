package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.net.http.HttpResponse;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every refusal says what was wrong and what is accepted, and leaves the server able to answer. */
class OipBadRequestTest extends OipServer {

    private static final String GOOD = tensor("input", "FP32", "[1, 1, 2]", "[0, 0]");

    /** One tensor of two steps of two features. */
    private static String tensor(String name, String datatype, String shape, String data) {
        return """
                {"name": "%s", "datatype": "%s", "shape": %s, "data": %s}""".formatted(name, datatype, shape, data);
    }

    private static String input(String datatype, String shape, String data) {
        return inputs(tensor("input", datatype, shape, data));
    }

    private static String inputs(String... tensors) {
        return "{\"inputs\": [" + String.join(",", tensors) + "]}";
    }

    private static String withParameters(String parameters) {
        return "{\"parameters\": " + parameters + ", \"inputs\": [" + GOOD + "]}";
    }

    private static String lengths(String shape, String data) {
        return inputs(
                tensor("input", "FP32", "[2, 3, 2]", "[1,2,3,4,5,6,7,8,9,10,11,12]"),
                tensor("lengths", "INT32", shape, data));
    }

    static Stream<Arguments> badJson() {
        return Stream.of(
                arguments("nothing", "", new String[] {"expected a JSON object", "got nothing"}),
                arguments("null", "null", new String[] {"expected a JSON object", "got null"}),
                arguments("an array", "[1]", new String[] {"expected a JSON object", "got an array"}),
                arguments("no JSON", "inputs=1", new String[] {"failed to parse the request JSON buffer", "line 1"}),
                arguments("truncated", GOOD.substring(0, 60), new String[] {"got the end of the body"}),
                arguments("truncated data", "{\"inputs\": [{\"data\": [1, 2, ", new String[] {
                    "failed to parse the request JSON buffer", "got the end of the body"
                }),
                arguments("truncated text", "{\"id\": \"abc", new String[] {"got the end of the body"}),
                arguments("trailing text", inputs(GOOD) + " {}", new String[] {"expected its end", "got more"}),
                arguments("a member twice", "{\"id\": \"1\", \"id\": \"2\"}", new String[] {"Duplicate", "\"id\""}),
                arguments("101 levels", "{\"ignored\": " + "[".repeat(100) + "]".repeat(100) + "}", new String[] {
                    "JSON nesting depth exceeds maximum allowed limit (100)"
                }),
                arguments(
                        "data of 200 levels",
                        input("FP32", "[1]", "[".repeat(200) + "1" + "]".repeat(200)),
                        new String[] {"JSON nesting depth exceeds maximum allowed limit (100)"}),
                arguments("50,000 levels that never close", "[".repeat(50_000), new String[] {"JSON object"}),
                arguments("50,000 open levels inside", "{\"a\":" + "[".repeat(50_000), new String[] {
                    "JSON nesting depth exceeds maximum allowed limit (100)"
                }),
                arguments("a number as id", "{\"id\": 7}", new String[] {"/id", "expected a string", "got 7"}),
                arguments("half a surrogate pair", "{\"id\": \"\\ud834\"}", new String[] {
                    "/id", "expected whole characters"
                }),
                arguments(
                        "a number of 1001 digits",
                        input("FP32", "[1, 1, 2]", "[" + "1".repeat(1001) + ", 1]"),
                        new String[] {"expected numbers of at most 1000"}));
    }

    static Stream<Arguments> badTensors() {
        return Stream.of(
                arguments("no inputs", "{}", new String[] {
                    "expected 1 inputs but got 0 inputs for model 'oip-classifier'", "missing required input(s) [input]"
                }),
                arguments("inputs that are null", "{\"inputs\": null}", new String[] {"expected 1 inputs but got 0"}),
                arguments("inputs as an object", "{\"inputs\": {}}", new String[] {
                    "/inputs", "expected an array of tensors", "got an object"
                }),
                arguments("only lengths", inputs(tensor("lengths", "INT32", "[1]", "[1]")), new String[] {
                    "expected 1 inputs but got 1 inputs for model 'oip-classifier'", "[lengths]"
                }),
                arguments("an unknown input", inputs(tensor("x", "FP32", "[1]", "[1]")), new String[] {
                    "unexpected inference input 'x' for model 'oip-classifier'", "[input, lengths]"
                }),
                arguments("an input twice", inputs(GOOD, GOOD), new String[] {"input 'input' already exists"}),
                arguments("no name", inputs("{\"shape\": [1]}"), new String[] {"/inputs/0", "\"name\""}),
                arguments("no datatype", inputs("{\"name\": \"input\"}"), new String[] {"/inputs/0", "\"datatype\""}),
                arguments("no shape", inputs("{\"name\": \"input\", \"datatype\": \"FP32\"}"), new String[] {
                    "/inputs/0", "\"shape\""
                }),
                arguments(
                        "no data",
                        inputs("{\"name\": \"input\", \"datatype\": \"FP32\", \"shape\": [1,1,2]}"),
                        new String[] {"/inputs/0", "\"data\" of input 'input'", "got none"}),
                arguments("an unknown datatype", input("FLOAT", "[1]", "[1]"), new String[] {
                    "/inputs/0/datatype", "FP32", "got 'FLOAT'"
                }),
                arguments("FP16", input("FP16", "[1, 1, 2]", "[0, 0]"), new String[] {
                    "/inputs/0", "that JSON has a form for", "'FP16'", "in binary"
                }),
                arguments(
                        "BF16 that comes after its data",
                        inputs("{\"name\": \"input\", \"data\": [0, 0], \"shape\": [1, 1, 2], \"datatype\": \"BF16\"}"),
                        new String[] {"/inputs/0", "that JSON has a form for", "'BF16'", "in binary"}),
                arguments("flags", input("BOOL", "[1, 1, 2]", "[true, 1]"), new String[] {
                    "inference input 'input' data-type is 'BOOL', but model 'oip-classifier' expects 'FP32'"
                }),
                arguments(
                        "data in two places",
                        inputs("{\"name\": \"input\", \"datatype\": \"FP32\", \"shape\": [1, 1, 2], \"data\": [0, 0],"
                                + " \"parameters\": {\"binary_data_size\": 8}}"),
                        new String[] {"Input must set only one of the following fields: 'data', 'binary_data_size'"}),
                arguments("another datatype", input("INT32", "[1, 1, 2]", "[0, 0]"), new String[] {
                    "inference input 'input' data-type is 'INT32', but model 'oip-classifier' expects 'FP32'"
                }),
                arguments("strings for FP32", input("FP32", "[1, 1, 2]", "[\"0\", \"0\"]"), new String[] {
                    "input 'input'", "expected numbers for FP32, got strings"
                }),
                arguments("a Boolean", input("FP32", "[1, 1, 2]", "[true, 0]"), new String[] {
                    "/inputs/0/data/0", "expected numbers or strings", "got true"
                }),
                arguments(
                        "a null", input("FP32", "[1, 1, 2]", "[0, null]"), new String[] {"/inputs/0/data/1", "got null"
                        }),
                arguments("numbers and strings", input("FP32", "[1, 1, 2]", "[0, \"0\"]"), new String[] {
                    "/inputs/0/data/1", "strings alone or numbers alone", "got '0'"
                }),
                arguments("strings and numbers", input("FP32", "[1, 1, 2]", "[\"0\", 0]"), new String[] {
                    "/inputs/0/data/1", "strings alone or numbers alone", "got 0"
                }),
                arguments("data that is no array", input("FP32", "[1, 1, 2]", "3"), new String[] {
                    "/inputs/0/data", "expected an array", "got 3"
                }),
                arguments(
                        "NaN", input("FP32", "[1, 1, 2]", "[NaN, 0]"), new String[] {"failed to parse", "'NaN' at line"
                        }),
                arguments("Infinity", input("FP32", "[1, 1, 2]", "[0, -Infinity]"), new String[] {"failed to parse"}),
                arguments("more than float32 holds", input("FP32", "[1, 1, 2]", "[0, 1e39]"), new String[] {
                    "input 'input'", "expected numbers that FP32 can hold", "got Infinity at element 1"
                }),
                arguments("more than float64 holds", input("FP64", "[1, 1, 2]", "[1e400, 0]"), new String[] {
                    "input 'input'", "expected numbers that FP32 can hold", "got Infinity at element 0"
                }));
    }

    static Stream<Arguments> badShapes() {
        return Stream.of(
                arguments("a negative size", input("FP32", "[-1, 1, 2]", "[0, 0]"), new String[] {
                    "/inputs/0/shape/0", "whole sizes from 1 to 2^63 - 1", "got -1"
                }),
                arguments("an empty batch", input("FP32", "[0, 1, 2]", "[]"), new String[] {
                    "/inputs/0/shape/0", "whole sizes from 1 to 2^63 - 1", "got 0"
                }),
                arguments("a fraction", input("FP32", "[1.5, 1, 2]", "[]"), new String[] {"/inputs/0/shape/0", "got 1.5"
                }),
                arguments("a string as size", input("FP32", "[\"1\", 1, 2]", "[]"), new String[] {
                    "/inputs/0/shape/0", "got '1'"
                }),
                arguments("no long", input("FP32", "[9223372036854775808]", "[]"), new String[] {
                    "/inputs/0/shape/0", "got 9223372036854775808"
                }),
                arguments(
                        "a product that overflows",
                        input("FP32", "[4294967296, 4294967296, 2]", "[0, 0]"),
                        new String[] {
                            "/inputs/0/shape",
                            "fewer than 2^63 elements",
                            "[4294967296, 4294967296, 2] causes total element count to exceed maximum size of"
                        }),
                arguments("bytes that overflow", input("FP32", "[4, 1152921504606846978]", "[1]"), new String[] {
                    "byte size overflow for input 'input'"
                }),
                arguments("nine sizes", input("FP32", "[1,1,1,1,1,1,1,1,1]", "[0]"), new String[] {"at most 8 sizes"}),
                arguments("another rank", input("FP32", "[1, 2]", "[0, 0]"), new String[] {
                    "unexpected shape for input 'input' for model 'oip-classifier'. Expected [-1, -1, 2], got [1, 2]"
                }),
                arguments("no rank", input("FP32", "[]", "[0]"), new String[] {"Expected [-1, -1, 2], got []"}),
                arguments("other features", input("FP32", "[1, 1, 3]", "[0, 0, 0]"), new String[] {
                    "Expected [-1, -1, 2], got [1, 1, 3]"
                }),
                arguments("too few values", input("FP32", "[1, 3, 2]", "[1, 2, 3, 4]"), new String[] {
                    "input 'input'", "expected 6 elements for shape [1, 3, 2], got 4"
                }),
                arguments("too many values", input("FP32", "[1, 1, 2]", "[1, 2, 3, 4, 5]"), new String[] {
                    "input 'input'", "expected 2 elements for shape [1, 1, 2], got 5"
                }),
                arguments(
                        "too many values for a step of a live sequence",
                        "{\"parameters\": {\"sequence_id\": 1, \"sequence_start\": true}, "
                                + input("FP32", "[1, 1, 2]", "[1, 2, 3, 4, 5]").substring(1),
                        new String[] {"input 'input'", "expected 2 elements for shape [1, 1, 2], got 5"}),
                arguments("no values", input("FP32", "[1, 1, 2]", "[]"), new String[] {"expected 2 elements", "got 0"}),
                arguments("a vast shape", input("FP32", "[1000000, 1000000, 2]", "[0, 0]"), new String[] {
                    "expected 2000000000000 elements", "got 2"
                }),
                arguments("ragged nesting", input("FP32", "[1, 2, 2]", "[[[1, 2], [3]]]"), new String[] {
                    "/inputs/0/data", "one length at each level", "\"lengths\""
                }),
                arguments("ragged depth", input("FP32", "[1, 2, 2]", "[[[1, 2]], [3, 4]]"), new String[] {"ragged"}),
                arguments("an array after a number", input("FP32", "[1, 1, 2]", "[1, [2]]"), new String[] {"ragged"}),
                arguments("another nesting", input("FP32", "[2, 1, 2]", "[[[1, 2], [3, 4]]]"), new String[] {
                    "nesting of input 'input'", "expected a flat list or arrays of the sizes [2, 1, 2], got [1, 2, 2]"
                }),
                arguments("a batch over the limit", input("FP32", "[5, 1, 2]", "[1,2,3,4,5,6,7,8,9,0]"), new String[] {
                    "input 'input'", "at most 4 sequences (tidegate.limits.max-batch)", "got shape [5, 1, 2]"
                }),
                arguments(
                        "steps over the limit",
                        input("FP32", "[1, 101, 2]", "[" + "1,".repeat(201) + "1]"),
                        new String[] {
                            "input 'input'", "at most 100 steps (tidegate.limits.max-steps)", "got shape [1, 101, 2]"
                        }),
                arguments(
                        "more values than may be held, with the shape last",
                        "{\"inputs\": [{\"data\": [" + "1,".repeat(20_000) + "1], \"shape\": [1]}]}",
                        new String[] {"/inputs/0/data", "at most 6826 numbers (tidegate.limits.max-working-set)"}));
    }

    static Stream<Arguments> badLengths() {
        return Stream.of(
                arguments("a length of 0", lengths("[2]", "[3, 0]"), new String[] {
                    "input 'lengths'", "from 1 to 3", "got 0 at element 1"
                }),
                arguments("a length over the steps", lengths("[2]", "[4, 1]"), new String[] {
                    "input 'lengths'", "from 1 to 3", "got 4 at element 0"
                }),
                arguments("a fraction of a step", lengths("[2]", "[1.5, 1]"), new String[] {"got 1.5 at element 0"}),
                arguments("a length no integer holds", lengths("[2]", "[1e30, 1]"), new String[] {"got 1.0E30"}),
                arguments("too few lengths", lengths("[1]", "[3]"), new String[] {
                    "input 'lengths'", "one length for each of the 2 sequences of 'input'", "got shape [1]"
                }),
                arguments("lengths as a column", lengths("[2, 1]", "[3, 3]"), new String[] {
                    "input 'lengths'", "Expected [-1], got [2, 1]"
                }),
                arguments("lengths as floats", inputs(GOOD, tensor("lengths", "FP32", "[1]", "[1]")), new String[] {
                    "input 'lengths' data-type is 'FP32'", "expects 'INT32'"
                }));
    }

    static Stream<Arguments> badWishes() {
        return Stream.of(
                arguments(
                        "an unknown output",
                        "{\"outputs\": [{\"name\": \"scores\"}], \"inputs\": [" + GOOD + "]}",
                        new String[] {
                            "unexpected inference output 'scores' for model 'oip-classifier'",
                            "[probabilities, label, hidden"
                        }),
                arguments("outputs as names", "{\"outputs\": [\"label\"]}", new String[] {
                    "/outputs/0", "expected an object with a \"name\"", "got 'label'"
                }),
                arguments("an output without a name", "{\"outputs\": [{}]}", new String[] {"/outputs/0", "\"name\""}),
                arguments("a reserved parameter", withParameters("{\"triton_x\": 7}"), new String[] {
                    "parameter 'triton_x' is reserved"
                }),
                arguments("a negative priority", withParameters("{\"priority\": -1}"), new String[] {
                    "parameter 'priority'", "at least 0", "got -1"
                }),
                arguments("a priority that is an object", withParameters("{\"priority\": {}}"), new String[] {
                    "parameter 'priority'", "at least 0", "got {}"
                }),
                arguments(
                        "binary outputs by a word",
                        withParameters("{\"binary_data_output\": \"yes\"}"),
                        new String[] {"Unable to parse 'binary_data_output'", "got yes"}),
                arguments(
                        "a binary output by number",
                        "{\"outputs\": [{\"name\": \"label\", \"parameters\": {\"binary_data\": 1}}]}",
                        new String[] {"/outputs/0", "Unable to parse 'binary_data'", "got 1"}),
                arguments(
                        "a binary input without the JSON's length",
                        inputs("{\"name\": \"input\", \"datatype\": \"FP32\", \"shape\": [1, 1, 2],"
                                + " \"parameters\": {\"binary_data_size\": 8}}"),
                        new String[] {"must specify valid 'Inference-Header-Content-Length'"}),
                arguments(
                        "a negative binary input",
                        inputs("{\"name\": \"input\", \"parameters\": {\"binary_data_size\": -8}}"),
                        new String[] {"/inputs/0", "Unable to parse 'binary_data_size'", "got -8"}),
                arguments(
                        "shared memory",
                        inputs("{\"name\": \"input\", \"parameters\": {\"shared_memory_region\": \"r\"}}"),
                        new String[] {"input 'input'", "shared memory isn't served", "got 'r'"}),
                arguments(
                        "an output twice",
                        "{\"outputs\": [{\"name\": \"label\"}, {\"name\": \"label\"}], \"inputs\": [" + GOOD + "]}",
                        new String[] {"output 'label' already exists in request"}),
                arguments(
                        "classification of texts",
                        "{\"outputs\": [{\"name\": \"label\", \"parameters\": {\"classification\": 2}}], \"inputs\": ["
                                + GOOD + "]}",
                        new String[] {"classification isn't possible for output 'label'", "got BYTES"}),
                arguments("parameters as an array", withParameters("[]"), new String[] {
                    "/parameters", "expected an object", "got an array"
                }));
    }

    static Stream<Arguments> badCharacters() {
        return Stream.of(
                arguments("neither text nor tokens", inputs(), new String[] {
                    "expected 1 inputs but got 0 inputs for model 'oip-language-model'", "[text]"
                }),
                arguments(
                        "text and tokens",
                        inputs(tensor("text", "BYTES", "[1]", "[\"a\"]"), tensor("tokens", "INT64", "[1, 1]", "[0]")),
                        new String[] {"expected input 'text' or 'tokens'", "got both"}),
                arguments(
                        "text and lengths",
                        inputs(tensor("text", "BYTES", "[1]", "[\"a\"]"), tensor("lengths", "INT32", "[1]", "[1]")),
                        new String[] {"input 'lengths' goes with padded sequences"}),
                arguments(
                        "features", inputs(GOOD), new String[] {"unexpected inference input 'input'", "[text, tokens"}),
                arguments("an empty text", inputs(tensor("text", "BYTES", "[2]", "[\"a\", \"\"]")), new String[] {
                    "input 'text' element 1", "at least one step, got none"
                }),
                arguments("a strange character", inputs(tensor("text", "BYTES", "[1]", "[\"abx\"]")), new String[] {
                    "input 'text' element 0", "character 3, 'x'"
                }),
                arguments("numbers as text", inputs(tensor("text", "BYTES", "[1]", "[7]")), new String[] {
                    "input 'text'", "expected strings for BYTES, got numbers"
                }),
                arguments(
                        "five texts",
                        inputs(tensor("text", "BYTES", "[5]", "[\"a\",\"a\",\"a\",\"a\",\"a\"]")),
                        new String[] {"/inputs/0/data", "at most 4 texts (tidegate.limits.max-batch)"}),
                arguments(
                        "a long text",
                        inputs(tensor("text", "BYTES", "[1]", "[\"" + "a".repeat(101) + "\"]")),
                        new String[] {"input 'text' element 0", "at most 100 steps (tidegate.limits.max-steps), got 101"
                        }),
                arguments("a token too high", inputs(tensor("tokens", "INT64", "[1, 2]", "[0, 6]")), new String[] {
                    "input 'tokens'", "from 0 to 5, got 6 at element 1"
                }),
                arguments("a negative token", inputs(tensor("tokens", "INT32", "[1, 2]", "[[-1, 0]]")), new String[] {
                    "input 'tokens'", "from 0 to 5, got -1 at element 0"
                }),
                arguments(
                        "a token past 2^63",
                        inputs(tensor("tokens", "UINT64", "[1, 1]", "[9223372036854775808]")),
                        new String[] {"input 'tokens'", "from 0 to 5", "got 9223372036854775807 at element 0"}),
                arguments("fractions as tokens", inputs(tensor("tokens", "FP32", "[1, 1]", "[1]")), new String[] {
                    "input 'tokens' data-type is 'FP32'", "expects 'INT64'"
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"badJson", "badTensors", "badShapes", "badLengths", "badWishes"})
    void aBadRequestIsRefusedInTheProtocolsForm(String what, String body, String[] message) {
        assertRefused(CLASSIFIER, body, message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badCharacters")
    void badCharactersAreRefusedInTheProtocolsForm(String what, String body, String[] message) {
        assertRefused(LANGUAGE_MODEL, body, message);
    }

    @Test
    void anAnswerLargerThanMayBeHeldIsRefused() {
        String input = tensor("input", "FP32", "[4, 100, 1]", "[" + "1,".repeat(399) + "1]");
        String body = "{\"outputs\": [{\"name\": \"hidden\"}], \"inputs\": [" + input + "]}";
        assertRefused(REGRESSOR, body, "tidegate.limits.max-working-set", "fewer or shorter sequences");
    }

    @Test
    void finalStatesOfLayersOfSeveralSizesAreRefused() {
        String text = tensor("text", "BYTES", "[1]", "[\"a\"]");
        String body = "{\"outputs\": [{\"name\": \"final_cell\"}], \"inputs\": [" + text + "]}";
        assertRefused(LANGUAGE_MODEL, body, "inference output 'final_cell'", "where all layers have one size");
    }

    private void assertRefused(String model, String body, String... message) {
        HttpResponse<String> response = infer(model, body);
        assertError(response, 400, message);
        assertThat(infer(CLASSIFIER, inputs(GOOD)).statusCode()).isEqualTo(200);
    }
}
