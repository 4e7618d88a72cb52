// `feathergrad export`, run in this process: it needs no GPU.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PbfReader } from 'pbf';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { exportCommand } from '../../src/cli/export/command.ts';
import { decodeWeights, encodeTorch, encodeWeights, toFloat16 } from '../../src/formats/index.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { testDevice } from '../support/device.ts';

let folder = '';
let state: StateDict;
const model = new FerMobileNetV3({ classes: ['calm', 'cross'], side: 64, variant: 'reduced-maxca' });
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-export-'));
  state = await model.to(await testDevice(), { seed: 3 }).stateDict();
  model.dispose();
  await writeFile(at('in.safetensors'), encodeWeights(model, state, { about: { epoch: 7, seed: 3 } }));
  await writeFile(at('in.pth'), encodeTorch(state));
});

afterEach(() => vi.restoreAllMocks());
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The output of the commands to standard error. */
let notes = '';

/** The output of the command. */
async function run(...args: string[]): Promise<string> {
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    notes += text;
    return true;
  });
  const command = exportCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await command.parseAsync(args, { from: 'user' });
  return printed.join('');
}

test('to half-precision safetensors, with the metadata of the file', async () => {
  const printed = await run('--weights', at('in.safetensors'), '--out', at('half.safetensors'), '--f16');
  expect(printed).toContain('half.safetensors: safetensors, 2.');
  expect(printed).toContain('classes calm, cross');
  const bytes = await readFile(at('half.safetensors'));
  const { metadata, state: back } = decodeWeights(bytes);
  expect(metadata).toMatchObject({
    variant: 'reduced-maxca',
    input_side: '64',
    epoch: '7',
    seed: '3',
    format: 'pt',
  });
  const name = 'features.2.block.0.0.weight';
  expect(toFloat16(back.get(name)!.data as Float32Array)).toEqual(
    toFloat16(state.get(name)!.data as Float32Array),
  );
  expect(back.get(name)).not.toEqual(state.get(name));
});

test('to PyTorch and back, with flags for what PyTorch’s file does not state', async () => {
  await run('--weights', at('in.safetensors'), '--out', at('out.pt'));
  const args = ['--weights', at('out.pt'), '--out', at('back.safetensors')];
  await expect(run(...args)).rejects.toThrow('Pass the variant');
  await run(...args, '--variant', 'reduced-maxca', '--classes', 'calm, cross', '--size', '64');
  const { metadata, state: back } = decodeWeights(await readFile(at('back.safetensors')));
  expect(metadata).toMatchObject({ variant: 'reduced-maxca', classes: '["calm","cross"]', input_side: '64' });
  for (const [name, { data }] of state)
    expect(back.get(name)!.data.every((v, i) => v === data[i])).toBe(true);
});

test('a checkpoint: the entry by --key, the names without the prefix', async () => {
  const wrapped: StateDict = new Map([...state].map(([name, entry]) => [`net.backbone.${name}`, entry]));
  wrapped.set('net.head.weight', { shape: [2], data: new Float32Array(2) });
  await writeFile(at('wrapped.pth'), encodeTorch(wrapped));
  notes = '';
  const facts = ['--variant', 'reduced-maxca', '--classes', 'calm,cross', '--force'];
  const args = ['--weights', at('wrapped.pth'), '--out', at('unwrapped.safetensors'), ...facts];
  for (const more of [[], ['--strip-prefix', 'net.backbone.'], ['--key', '.']]) {
    await run(...args, ...more);
    const { state: back } = decodeWeights(await readFile(at('unwrapped.safetensors')));
    for (const [name, { data }] of state)
      expect(back.get(name)!.data.every((v, i) => v === data[i])).toBe(true);
  }
  expect(notes).toContain('"net.backbone." removed from their names');
  expect(notes).toContain('skipped net.head.weight (a tensor [2] without the prefix)');
  await expect(run(...args, '--key', 'ema')).rejects.toThrow('no dict of tensors "ema"');
  await expect(run(...args, '--strip-prefix', 'model.')).rejects.toThrow('begins with "model."');
  await expect(run('--out', at('none.pth'), '--key', 'ema')).rejects.toThrow('--key needs a weights file');
});

test('to ONNX: the size of the input, folded, normalized inside, with a softmax', async () => {
  const options = ['--fold', '--softmax', '--input', 'bytes', '--side', 'any', '--f16'];
  const printed = await run('--weights', at('in.safetensors'), '--out', at('net.onnx'), ...options, '--json');
  const result = JSON.parse(printed) as Record<string, unknown>;
  const file = await readFile(at('net.onnx'));
  expect(result).toEqual({
    out: at('net.onnx'),
    format: 'onnx',
    bytes: file.length,
    variant: 'reduced-maxca',
    classNames: ['calm', 'cross'],
    side: 64,
    parameters: model.parameterCount(),
    model: 'fer_mobilenetv3',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    color: 'rgb',
    mirror: false,
  });
  expect(file.length).toBeLessThan(2 * model.parameterCount() + 200_000);
  const operators = new Set<string>();
  new PbfReader(file).readFields((tag, _, pbf) => {
    if (tag !== 7) return;
    pbf.readMessage((part, __, graph) => {
      if (part !== 1) return;
      graph.readMessage((field, ___, node) => {
        if (field === 4) operators.add(node.readString());
      }, null);
    }, null);
  }, null);
  expect(operators).toContain('Softmax');
  expect(operators).toContain('Cast');
  expect(operators).not.toContain('BatchNormalization');
});

test('a damaged safetensors file is reported as such; ONNX files are recognized', async () => {
  const whole = await readFile(at('in.safetensors'));
  await writeFile(at('cut.safetensors'), whole.subarray(0, 900));
  await expect(run('--weights', at('cut.safetensors'), '--out', at('y.pth'))).rejects.toThrow(
    /cut\.safetensors: safetensors: the header has \d+ bytes, but only 892 follow .*truncated/,
  );
  await run('--weights', at('in.safetensors'), '--out', at('graph.onnx'));
  await expect(run('--weights', at('graph.onnx'), '--out', at('y.pth'))).rejects.toThrow(
    /graph\.onnx: ONNX files cannot be read\. Pass the weights that it was exported from \(safetensors, \.pth or \.pt\)/,
  );
});

test('files are not overwritten without --force, and never written partially', async () => {
  const args = ['--weights', at('in.safetensors'), '--out', at('kept.onnx')];
  await writeFile(at('kept.onnx'), 'mine');
  await expect(run(...args)).rejects.toThrow(
    `--out: ${at('kept.onnx')} exists. Add --force to overwrite it.`,
  );
  expect(await readFile(at('kept.onnx'), 'utf8')).toBe('mine');
  await run(...args, '--force');
  expect((await readFile(at('kept.onnx'))).length).toBeGreaterThan(4e6);
  const nowhere = at('no/such.onnx');
  await expect(run('--weights', at('in.safetensors'), '--out', nowhere)).rejects.toThrow(
    `--out ${nowhere}: the folder ${at('no')} does not exist`,
  );
  expect((await readdir(folder)).filter((name) => /\.(part|tmp)$/.test(name))).toEqual([]);
});

test.each([
  [['--out', 'x.safetensors', '--fold'], '--fold is for ONNX'],
  [['--out', 'x.pth', '--size', 'any'], '--side any is for ONNX'],
  [['--out', 'x.bin'], '--out: x.bin does not end in .onnx, .safetensors, .pth or .pt. Add --to.'],
  [['--out', 'x.onnx', '--to', 'pth'], '--to pth: the name x.onnx is that of another format. Change one'],
  [['--out', 'x.onnx', '--size', '31'], 'expected a whole number from 32'],
  [['--out', 'x.onnx', '--side', '31'], 'expected a whole number from 32'],
  [['--out', 'x.onnx', '--classes', 'calm,'], 'expected two or more names'],
  [['--out', 'x.onnx', '--classes', 'calm, calm'], 'expected each name once, got "calm" twice'],
  [['--out', 'x.onnx', '--classes', 'a,b,c'], '3 class names, but the last layer has 2 outputs'],
  [
    ['--out', 'x.onnx', '--variant', 'paper'],
    '--variant paper: these weights are of variant reduced-maxca. Leave --variant out, or give',
  ],
  [['--out', 'x.onnx', '--weights', 'none.pth'], 'none.pth: the file does not exist'],
  [['--out', 'x.onnx', '--weights', 'src'], 'src: is a folder, expected a file'],
  [
    ['--out', 'x.onnx', '--weights', 'package.json'],
    /package\.json: the file \(\d+ bytes\) is neither safetensors nor a file of torch\.save \(\.pth, \.pt\)/,
  ],
])('%j is rejected', async (args, message) => {
  const weights = args.includes('--weights') ? [] : ['--weights', at('in.safetensors')];
  await expect(run(...weights, ...args)).rejects.toThrow(message);
});
