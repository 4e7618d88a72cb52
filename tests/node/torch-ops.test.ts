// Results and gradients of PyTorch for random shapes and options; scripts/torch-ops.py writes the file.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import * as fg from '../../src/index.ts';
import { expectClose } from '../reference/expect-close.ts';
import { testDevice } from '../support/device.ts';

type Tensor = fg.Tensor;
interface Case {
  op: string;
  options: Record<string, unknown>;
  inputs: { shape: number[]; data: number[] }[];
  y: { shape: number[]; data: number[] };
  dy: number[];
  gradients: number[][];
}

const file = new URL('./torch-ops.jsonl', import.meta.url);
const lines = (await readFile(file, 'utf8')).trim().split('\n');
const cases = lines.map((line) => JSON.parse(line) as Case);

/** The ops as the file calls them; options have their types there. */
const OPS: Record<string, (inputs: Tensor[], options: never) => Tensor> = {
  conv2d: ([x, w, b], options) => fg.conv2d(x!, w!, b ?? null, options),
  convTranspose2d: ([x, w, b], options) => fg.convTranspose2d(x!, w!, b!, options),
  maxPool2d: ([x], options) => fg.maxPool2d(x!, options),
  avgPool2d: ([x], options) => fg.avgPool2d(x!, options),
  adaptiveAvgPool2d: ([x], { outputSize }) => fg.adaptiveAvgPool2d(x!, outputSize),
  adaptiveMaxPool2d: ([x], { outputSize }) => fg.adaptiveMaxPool2d(x!, outputSize),
  interpolate: ([x], options) => fg.interpolate(x!, options),
  pad: ([x], { amounts, mode }) => fg.pad(x!, amounts, { mode }),
  groupNorm: ([x, w, b], { numGroups, eps }) => fg.groupNorm(x!, numGroups, w!, b!, { eps }),
  layerNorm: ([x, w, b], { normalizedShape }) => fg.layerNorm(x!, normalizedShape, w!, b!),
  channelShuffle: ([x], { groups }) => fg.channelShuffle(x!, groups),
};

test.each(cases.map((one, i) => [i, one.op, JSON.stringify(one.options), one] as const))(
  '%i: %s %s',
  async (_, op, __, { inputs, options, y, dy, gradients }) => {
    const device = await testDevice();
    const leaves = inputs.map(({ shape, data }) =>
      fg.tensor(device, Float32Array.from(data), { shape, requiresGrad: true }),
    );
    const result = OPS[op]!(leaves, options as never);
    expect(result.shape).toEqual(y.shape);
    const gradient = fg.tensor(device, Float32Array.from(dy), { shape: y.shape });
    fg.scope(() => fg.backward(result, { gradient }));
    const close = { rtol: 1e-4, atol: 1e-4 };
    expectClose(await result.data(), y.data, { ...close, label: 'result' });
    for (const [i, leaf] of leaves.entries()) {
      expectClose(await leaf.grad!.data(), gradients[i]!, { ...close, label: `gradient of input ${i}` });
    }
    for (const tensor of [result, gradient, ...leaves]) tensor.dispose();
  },
);
