import { expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { CheckpointError, decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint-file.ts';
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
