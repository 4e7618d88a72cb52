import { expect, test } from 'vitest';
import { tuningFor } from '../../src/gpu/tuning.ts';

const fixed = (lanes: number) => ({ subgroupMinSize: lanes, subgroupMaxSize: lanes });
const lavapipe = {
  vendor: 'mesa',
  architecture: 'software',
  description: 'llvmpipe: Mesa 25.0.7',
  isFallbackAdapter: true,
};
const swiftshader = { vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true };
const card = tuningFor({ vendor: 'nvidia', architecture: 'hopper', ...fixed(32) }, true);

test.each([
  ['a phone with four lanes', { vendor: 'arm', architecture: 'bifrost', ...fixed(4) }],
  ['a graphics processor with eight lanes', { vendor: 'intel', architecture: 'gen-9', ...fixed(8) }],
  [
    'one that reports that it is not a fallback',
    { vendor: 'qualcomm', isFallbackAdapter: false, ...fixed(4) },
  ],
  ['Safari, which may report nothing', {}],
])('%s is tuned like a graphics card', (_, facts) => {
  expect(tuningFor(facts, true)).toEqual(card);
  expect(card).toMatchObject({
    sharingLanes: 0,
    reductionThreads: 8192,
    smallWorkgroupsBelow: 0,
  });
});

test('the two software adapters', () => {
  expect(tuningFor({ ...lavapipe, ...fixed(8) }, true)).toMatchObject({
    sharingLanes: 8,
    sharingRows: [24, 16, 8, 4],
    reductionThreads: 200,
    smallWorkgroupsBelow: 0,
    hasSlowLengths: false,
    storeCopies: 4,
    depthwise: { threads: 128, tileWidth: 2, sumsWholeKernel: false, loadsTapsInLoop: true, skipsRows: true },
  });
  expect(tuningFor({ ...swiftshader, ...fixed(4) }, true)).toMatchObject({
    sharingLanes: 4,
    sharingRows: [32, 16, 12, 8, 4],
    reductionThreads: 200,
    smallWorkgroupsBelow: 2048,
    hasSlowLengths: true,
    storeCopies: 32,
    depthwise: {
      threads: 128,
      tileWidth: 'fitted',
      sumsWholeKernel: true,
      loadsTapsInLoop: false,
      skipsRows: false,
    },
  });
});

test('a software adapter without subgroups, or with varying ones, shares no loads but is still tuned as a CPU', () => {
  for (const [facts, has] of [
    [{ ...lavapipe, ...fixed(8) }, false],
    [{ ...lavapipe, subgroupMinSize: 4, subgroupMaxSize: 8 }, true],
    [{ isFallbackAdapter: true, ...fixed(4) }, false], // Firefox names nothing else
    [{ description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }, true], // Deno
  ] as const) {
    expect(tuningFor(facts, has)).toMatchObject({ sharingLanes: 0, reductionThreads: 200 });
  }
});
