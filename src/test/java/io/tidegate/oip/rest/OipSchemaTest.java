package io.tidegate.oip.rest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** A schema that takes everything proves nothing. */
class OipSchemaTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            SERVER_METADATA  | {'name':'a','version':'1'}
            SERVER_METADATA  | {'name':'a','version':1,'extensions':[]}
            MODEL_METADATA   | {'name':'a','versions':[1],'platform':'p','inputs':[],'outputs':[]}
            MODEL_METADATA   | {'name':'a','platform':'p','inputs':[{'name':'x','datatype':'FLOAT','shape':[-1]}],'outputs':[]}
            MODEL_METADATA   | {'name':'a','platform':'p','inputs':[{'name':'x','datatype':'FP32','shape':[-2]}],'outputs':[]}
            MODEL_METADATA   | {'name':'a','platform':'p','inputs':[],'outputs':[],'state':'READY'}
            INFER_REQUEST    | {'inputs':[]}
            INFER_REQUEST    | {'inputs':[{'name':'x','shape':[1],'datatype':'FP32'}]}
            INFER_REQUEST    | {'inputs':[{'name':'x','shape':[1],'datatype':'INT32','data':[1.5]}]}
            INFER_REQUEST    | {'inputs':[{'name':'x','shape':[1],'datatype':'FP16','data':[1]}]}
            INFER_REQUEST    | {'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[1],'parameters':{'binary_data_size':4}}]}
            INFER_REQUEST    | {'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[1],'parameters':{'a':[]}}]}
            INFER_RESPONSE   | {'model_name':'a','outputs':[]}
            INFER_RESPONSE   | {'model_name':'a','model_version':1,'outputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[1]}]}
            INFER_RESPONSE   | {'model_name':'a','outputs':[{'name':'x','shape':[1],'datatype':'FP32','data':['1']}]}
            INFER_RESPONSE   | {'model_name':'a','outputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[null]}]}
            INFER_RESPONSE   | {'model_name':'a','outputs':[{'name':'x','shape':[1],'datatype':'BYTES','data':[1]}]}
            REPOSITORY_INDEX | [{'name':'a','version':'1','state':'UNLOADED','reason':''}]
            REPOSITORY_INDEX | {'models':[]}
            STATISTICS       | {'model_stats':[{'name':'a','version':'1'}]}
            LIVE             | {'live':'true'}
            READY            | {'live':true}
            ERROR            | {'error':{'message':'m'}}
            ERROR            | {'error':''}
            ERROR            | {'error':'m','status':400}
            """)
    void whatTheProtocolDoesNotHaveIsRefused(OipSchema schema, String body) {
        assertThat(schema.accepts(JsonMapper.shared().readTree(body.replace('\'', '"'))))
                .isFalse();
    }
}
