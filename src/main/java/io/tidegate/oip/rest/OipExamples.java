package io.tidegate.oip.rest;

/** Requests for the OpenAPI page that work as they stand with the models that the service comes with. */
final class OipExamples {

    static final String MODEL = "digits-wm";

    /** The first image of the built-in digits, a 0. */
    static final String DIGIT = """
            {
              "id": "first-digit",
              "inputs": [
                {
                  "name": "input",
                  "shape": [1, 64, 1],
                  "datatype": "FP32",
                  "data": [
                    0, 0, 5, 13, 9, 1, 0, 0,
                    0, 0, 13, 15, 10, 15, 5, 0,
                    0, 3, 15, 2, 0, 11, 8, 0,
                    0, 4, 12, 0, 0, 8, 8, 0,
                    0, 5, 8, 0, 0, 9, 8, 0,
                    0, 4, 11, 0, 1, 12, 7, 0,
                    0, 2, 14, 5, 10, 12, 0, 0,
                    0, 0, 6, 13, 10, 0, 0, 0
                  ]
                }
              ],
              "outputs": [{"name": "label"}, {"name": "probabilities"}]
            }""";

    /** For {@code verses-wm}. */
    static final String TEXT = """
            {
              "inputs": [
                {"name": "text", "shape": [2], "datatype": "BYTES", "data": ["In the beginning", "And God said"]}
              ],
              "outputs": [{"name": "log_likelihood"}]
            }""";

    static final String LANGUAGE_MODEL = "verses-wm";

    static final String GENERATE = """
            {"text_input": "In the beginning", "max_tokens": 40, "temperature": 0.7, "seed": 1}""";

    static final String INDEX = """
            {"ready": true}""";

    static final String LOAD = """
            {"parameters": {}}""";

    private OipExamples() {}
}
