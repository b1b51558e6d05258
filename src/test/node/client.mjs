// Calls a running server with the gRPC client that Node's users have, and prints what came back as JSON.
//   node client.mjs <port> <folder of .proto files> <model with two features>
import path from 'node:path';
import process from 'node:process';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const [port, protos, model] = process.argv.slice(2);
const description = loader.loadSync(path.join('inference', 'grpc_service.proto'), {
  includeDirs: [protos],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
});
const { GRPCInferenceService } = grpc.loadPackageDefinition(description).inference;
const client = new GRPCInferenceService(`127.0.0.1:${port}`, grpc.credentials.createInsecure());

const unary = (method, request) =>
  new Promise((resolve) => {
    client[method](request, { deadline: Date.now() + 60_000 }, (error, answer) =>
      resolve(error ? { code: error.code, details: error.details } : answer));
  });

const bytes = (...values) => Buffer.from(Float32Array.from(values).buffer);
const floats = (answer) =>
  Array.from({ length: answer.raw_output_contents[0].length / 4 }, (_, k) => answer.raw_output_contents[0].readFloatLE(4 * k));
const tensor = (steps, contents) => ({ name: 'input', datatype: 'FP32', shape: [1, steps, 2], ...contents });
const raw = (id, values, parameters = {}) => ({
  model_name: model,
  id,
  parameters,
  inputs: [tensor(values.length / 2)],
  raw_input_contents: [bytes(...values)],
});
const step = (id, sequence, start, end, values) =>
  raw(id, values, {
    sequence_id: sequence,
    sequence_start: { bool_param: start },
    sequence_end: { bool_param: end },
  });

const stream = (requests, headers = {}) =>
  new Promise((resolve) => {
    const metadata = new grpc.Metadata();
    Object.entries(headers).forEach(([name, value]) => metadata.set(name, value));
    const call = client.ModelStreamInfer(metadata, { deadline: Date.now() + 60_000 });
    const answers = [];
    call.on('data', ({ error_message: error, infer_response: answer }) =>
      answers.push({ id: answer.id, error, values: error ? [] : floats(answer) }));
    call.on('error', ({ code, details }) => resolve({ answers, code, details }));
    call.on('end', () => resolve({ answers, code: 0 }));
    requests.forEach((request) => call.write(request));
    call.end();
  });

const large = { uint64_param: '18446744073709551615' };
const text = { string_param: 'from-node' };
const interleaved = [
  step('a0', large, true, false, [1, 2]),
  step('b0', text, true, false, [5, 6]),
  step('a1', large, false, false, [3, 4]),
  step('x', { string_param: 'never-begun' }, false, false, [0, 0]),
  step('b1', text, false, true, [7, 8]),
  step('a2', large, false, true, [-1, 0.5]),
];

console.log(JSON.stringify({
  live: await unary('ServerLive', {}),
  ready: await unary('ModelReady', { name: model }),
  metadata: await unary('ModelMetadata', { name: model }),
  config: await unary('ModelConfig', { name: model }),
  typed: floats(await unary('ModelInfer', {
    model_name: model,
    inputs: [tensor(2, { contents: { fp32_contents: [1, 2, 3, 4] } })],
  })),
  raw: floats(await unary('ModelInfer', raw('r', [1, 2, 3, 4]))),
  refused: await unary('ModelInfer', raw('short', [1, 2, 3])),
  stream: await stream(interleaved),
  ended: await stream([raw('first', [1, 2]), step('x', { int64_param: 99 }, false, false, [0, 0])], { triton_grpc_error: 'true' }),
}));
client.close();
