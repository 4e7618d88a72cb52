// The matrix product has one kernel for devices with narrow subgroups and one for all others, and depthwise convolution
// has different tiles. Both are checked on every device, because a second device is opened without the feature.
import { afterAll, describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { conv2d } from '../../src/tensor/ops/conv2d.ts';
import { depthwiseConv2d } from '../../src/tensor/ops/depthwise-conv2d.ts';
import { linear } from '../../src/tensor/ops/matmul.ts';
import { random } from '../reference/array.ts';
import {
  conv2d as referenceConv2d,
  depthwiseConv2d as referenceDepthwise,
} from '../reference/ops/convolution.ts';
import { linear as referenceLinear } from '../reference/ops/matmul.ts';
import { checkAgainstReference } from '../support/check-op.ts';
import { openAsGpu, testDevice } from '../support/device.ts';

let plain: Promise<Device> | undefined;
const withoutSubgroups = () => (plain ??= openAsGpu());
afterAll(async () => (await plain)?.destroy());

describe.each([
  ['the unchanged device', testDevice],
  ['without subgroups', withoutSubgroups],
] as const)('%s', (_, open) => {
  // rows below, at and above the size of a tile; columns and inner sizes that do not fill a workgroup
  test.each([
    [1, 4, 4],
    [3, 8, 12],
    [5, 24, 40],
    [16, 16, 32],
    [17, 40, 36],
    [32, 20, 24],
    [50, 12, 68],
    [200, 8, 20],
  ])('linear, %i rows, %i to %i', async (rows, inner, columns) => {
    await checkAgainstReference(await open(), {
      inputs: [random([rows, inner], 1), random([inner, columns], 2), random([columns], 3)],
      run: ([x, w, b]) => linear(x!, w!, b!),
      reference: ([x, w, b]) => referenceLinear(x!, w!, b!),
      // matmul.test.ts checks each element
      directions: rows * inner * columns > 20_000,
    });
  });

  test('a depthwise convolution, whose tiles are chosen by the lanes', async () => {
    await checkAgainstReference(await open(), {
      inputs: [random([2, 9, 7, 8], 6), random([5, 5, 8], 7)],
      run: ([x, w]) => depthwiseConv2d(x!, w!, null, { stride: 2, padding: 2 }),
      reference: ([x, w]) => referenceDepthwise(x!, w!, { stride: [2, 2], padding: [2, 2] }),
    });
  });

  test('a pointwise convolution over enough rows for several chunks', async () => {
    await checkAgainstReference(await open(), {
      inputs: [random([3, 12, 13, 8], 4), random([1, 1, 8, 12], 5)],
      run: ([x, w]) => conv2d(x!, w!),
      reference: ([x, w]) => referenceConv2d(x!, w!),
      directions: true,
    });
  });
});

test('a device opened without a feature does not have it', async () => {
  const device = await withoutSubgroups();
  expect(device.features.has('subgroups')).toBe(false);
  expect(device.tuning.sharingLanes).toBe(0);
});
