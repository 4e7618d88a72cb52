import { expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import {
  CheckpointError,
  checkpointChecksum,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../src/train/checkpoint-file.ts';
import type { TrainingState } from '../../src/train/training-state.ts';

const dict = (...values: number[]): StateDict =>
  new Map([['w', { shape: [values.length], data: Float32Array.from(values) }]]);

/** Everything in a state besides tensors is written unchanged. */
function written(): { file: Uint8Array; state: TrainingState } {
  const sums = { loss: 1.5, correct: 3, counted: 8, pictures: 8, parts: { crossEntropy: 1, center: 0.5 } };
  const state = {
    position: { epoch: 2, step: 1 },
    sums,
    firstLoss: 1.5,
    schedule: {},
    run: { seed: '7' },
    best: { epoch: 1, accuracy: 0.5, state: dict(7, 8) },
    model: dict(1, 2, 3),
    optimizer: dict(4, 5),
    loss: new Map(),
    average: new Map(),
  } as unknown as TrainingState;
  return { file: encodeCheckpoint(state, { note: 'mine' }), state };
}

test('a checkpoint with any bit flipped is rejected', () => {
  const { file } = written();
  expect(decodeCheckpoint(file).about).toEqual({ note: 'mine' });
  for (let at = 0; at < file.length; at++) {
    const damaged = file.slice();
    damaged[at]! ^= 1 << (at % 8);
    expect(() => decodeCheckpoint(damaged), `byte ${at}`).toThrow(CheckpointError);
  }
});

test('a changed number is reported as a checksum mismatch; without a checksum it is not a checkpoint', () => {
  const { file } = written();
  const damaged = file.slice();
  damaged[file.length - 2]! ^= 0x10;
  expect(() => decodeCheckpoint(damaged)).toThrow('do not match their checksum');
  const { tensors, metadata } = decodeSafetensors(file);
  const { checksum: _, ...rest } = metadata;
  expect(() => decodeCheckpoint(encodeSafetensors(tensors, rest))).toThrow('it has no checksum');
});

/** The checkpoint with other metadata and a valid checksum, as another program might write it. */
function rewritten(change: (host: Record<string, Record<string, unknown>>) => void): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(written().file);
  const { checksum: _, ...texts } = metadata;
  const host = JSON.parse(texts.state!);
  change(host);
  const changed = { ...texts, state: JSON.stringify(host) };
  return encodeSafetensors(tensors, { ...changed, checksum: checkpointChecksum(tensors, changed) });
}

test.each<[string, unknown, string]>([
  ['position.epoch', -1, 'got -1, expected an integer of at least 0'],
  ['position.epoch', 1e300, 'got 1e+300, expected an integer'],
  ['position.step', 0.5, 'got 0.5, expected an integer of at least 0'],
  ['position.step', '3', 'got "3", expected a number'],
  ['sums.loss', null, 'got null, expected a number'],
  ['sums.correct', 9, 'got 9, expected 0 to 8, the images with a label'],
  ['sums.correct', -1, 'got -1, expected 0 to 8'],
  ['sums.counted', 9, 'got 9, expected 0 to 8, the images seen'],
  ['sums.pictures', -8, 'got -8, expected an integer of at least 0'],
  ['sums.parts.center', 'much', 'got "much", expected a number'],
  ['firstLoss', 'low', 'got "low", expected a number or null'],
  ['schedule.rate', {}, 'got {}, expected a number or null'],
  ['best.epoch', 0, 'got 0, expected an integer of at least 1'],
  ['best.accuracy', 50, 'got 50, expected 0 to 1'],
  ['best.accuracy', -0.1, 'got -0.1, expected 0 to 1'],
  ['best.loss', null, 'got null, expected a number'],
  ['best.since', 2, 'got 2, expected 1 to 1, the best epoch'],
])('metadata with %s = %j are rejected, also with a valid checksum', (name, value, message) => {
  const file = rewritten((host) => {
    const path = name.split('.');
    const last = path.pop() as string;
    const target = path.reduce((at, key) => at[key] as typeof host, host);
    (target as Record<string, unknown>)[last] = value;
  });
  expect(() => decodeCheckpoint(file)).toThrow(CheckpointError);
  expect(() => decodeCheckpoint(file)).toThrow(`${name} in its metadata: ${message}`);
});

test.each(['position', 'sums', 'schedule', 'run'])('metadata without %s are rejected', (name) => {
  for (const value of [undefined, null, [], 3]) {
    const file = rewritten((host) => Object.assign(host, { [name]: value }));
    expect(() => decodeCheckpoint(file)).toThrow(`its metadata has no ${name}`);
  }
});
