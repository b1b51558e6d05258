package io.tidegate.oip.grpc;

import io.tidegate.oip.RequestParameters;
import io.tidegate.oip.grpc.proto.InferParameter;
import io.tidegate.oip.grpc.proto.ModelInferRequest;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The protocol's parameters as the transports' common code takes them. */
final class Parameters {

    private Parameters() {}

    static Map<String, Object> of(Map<String, InferParameter> sent) {
        if (sent.isEmpty()) {
            return Map.of();
        }
        Map<String, Object> parameters = HashMap.newHashMap(sent.size());
        sent.forEach((name, parameter) -> {
            Object value = value(name, parameter);
            if (value != null) {
                parameters.put(name, value);
            }
        });
        return parameters;
    }

    /** @return null for one that is there and holds nothing */
    private static @Nullable Object value(String name, InferParameter parameter) {
        return switch (parameter.getParameterChoiceCase()) {
            case BOOL_PARAM -> parameter.getBoolParam();
            case STRING_PARAM -> parameter.getStringParam();
            case DOUBLE_PARAM -> parameter.getDoubleParam();
            case UINT64_PARAM -> unsigned(parameter.getUint64Param());
            // The protocol's C++ client sends its unsigned ids in the signed field.
            case INT64_PARAM ->
                name.equals(RequestParameters.SEQUENCE_ID)
                        ? unsigned(parameter.getInt64Param())
                        : (Object) parameter.getInt64Param();
            case PARAMETERCHOICE_NOT_SET -> null;
        };
    }

    private static Object unsigned(long bits) {
        return bits >= 0 ? (Object) bits : new BigInteger(Long.toUnsignedString(bits));
    }

    /** The id of the live sequence that a request is for, as text; null for none. Whether it is a proper one isn't looked at. */
    static @Nullable String sequenceId(ModelInferRequest request) {
        InferParameter parameter = request.getParametersMap().get(RequestParameters.SEQUENCE_ID);
        if (parameter == null) {
            return null;
        }
        Object value = value(RequestParameters.SEQUENCE_ID, parameter);
        return value == null || value.equals("") || value.equals(0L) ? null : value.toString();
    }

    /** Whether a request begins its sequence. */
    static boolean starts(ModelInferRequest request) {
        InferParameter parameter = request.getParametersMap().get(RequestParameters.SEQUENCE_START);
        return parameter != null && parameter.getBoolParam();
    }
}
