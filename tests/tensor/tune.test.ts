import { afterEach, describe, expect, test } from 'vitest';
import type { TuningTable } from '../../src/gpu/choices.ts';
import type { Device } from '../../src/gpu/device.ts';
import { Kernel } from '../../src/gpu/kernel.ts';
import type { Command } from '../../src/gpu/resolver.ts';
import { holdTuning } from '../../src/gpu/tuning-hold.ts';
import * as kernels from '../../src/kernels/index.ts';
import { SOFTWARE_TEXTS } from '../../src/kernels/software.ts';
import { VARIANT_TEXTS } from '../../src/kernels/variants.ts';
import { linear } from '../../src/tensor/ops/matmul.ts';
import { exp } from '../../src/tensor/ops/unary.ts';
import { scope } from '../../src/tensor/scope.ts';
import { empty } from '../../src/tensor/tensor.ts';
import { FLAT_KERNELS, flatFamily, isFlatFamily } from '../../src/tensor/tuner/flat-kernels.ts';
import type { Timer } from '../../src/tensor/tuner/timers.ts';
import { exportTuning, importTuning, tune } from '../../src/tensor/tuner/tune.ts';
import { random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { linear as referenceLinear } from '../reference/ops/matmul.ts';
import { bitsOf } from '../support/bits.ts';
import { onDevice } from '../support/check-op.ts';
import { openDevice, testDevice } from '../support/device.ts';

const KEY = 'matmul 6x8x12';
const [x, w] = [random([6, 8], 1), random([8, 12], 2)];

const work =
  (device: Device, rows = 6) =>
  () => {
    const y = linear(empty(device, [rows, 8], 'f32', 'x'), empty(device, [8, 12], 'f32', 'w'));
    return [y, linear(empty(device, [rows, 8], 'f32', 'x'), empty(device, [8, 12], 'f32', 'w'))];
  };

/** A clock on which a kernel takes the given milliseconds, and all others 2. */
function fakeClocks(times: Record<string, number> = { matmul: 1 }) {
  let now = 0;
  const timer: Timer = {
    leastMs: 1,
    time: async (runs) =>
      runs.map(({ commands, repeats }) => {
        const ms = commands.reduce((sum, { entry }) => sum + (times[entry.kernel.name] ?? 2), 0) * repeats;
        now += ms;
        return ms;
      }),
  };
  return { timer, now: () => now };
}

async function product(device: Device): Promise<Float32Array> {
  const y = scope(() => linear(onDevice(device, x), onDevice(device, w)));
  const values = (await y.data()) as Float32Array;
  y.dispose();
  return values;
}

afterEach(async () => {
  const device = await testDevice();
  if (exportTuning(device)) importTuning(device, null);
});

describe('tune', () => {
  test('keeps the fastest variant of each operation, without running the work', async () => {
    const device = await testDevice();
    device.flush();
    const bytes = device.stats.gpuBytes;
    const seen: string[] = [];
    const result = await tune(
      device,
      work(device),
      { cache: false, onProgress: ({ key, done, total }) => seen.push(`${key} ${done}/${total}`) },
      fakeClocks(),
    );
    expect(result.table.choices).toEqual({ [KEY]: 'general' });
    expect(result.measured).toEqual([{ key: KEY, count: 2, variant: 'general', defaultMs: 2, variantMs: 1 }]);
    expect(result).toMatchObject({ known: 0, left: 0, cacheProblem: null });
    expect(seen).toEqual([`${KEY} 0/1`]);
    expect(device.stats.gpuBytes).toBe(bytes);
    expectClose(await product(device), referenceLinear(x, w), { rtol: 1e-4, atol: 1e-5, label: 'tuned' });
    expect(exportTuning(device)).toEqual(result.table);
  });

  test('selects the workgroup size of flat kernels, which does not change the results', async () => {
    const device = await testDevice();
    const flatWork = () => exp(empty(device, [1000], 'f32', 'x'));
    const { timer, now } = fakeClocks();
    // kernels with workgroups of 256 threads are faster
    const bySize: Timer = {
      ...timer,
      time: async (runs) =>
        runs.map(({ commands, repeats }) => {
          const isLarge = commands.every(({ entry }) => entry.code.includes('@workgroup_size(256'));
          return (isLarge ? 1 : 2) * repeats;
        }),
    };
    const numbers = random([1000], 3);
    const run = async () => {
      const y = scope(() => exp(onDevice(device, numbers)));
      const bits = await bitsOf(y);
      y.dispose();
      return bits;
    };
    const before = await run();
    const { table } = await tune(device, flatWork, { cache: false }, { timer: bySize, now });
    expect(table.choices).toEqual({ 'flat_unary 250': 'threads256' });
    importTuning(device, null);
    importTuning(device, JSON.parse(JSON.stringify(table)));
    expect(await run()).toEqual(before);
    const capture = await device.capture(() => exp(empty(device, [1000], 'f32', 'x')));
    const [{ groups, entry }] = (capture as unknown as { commands: [Command] }).commands;
    expect([groups, entry.code.includes('@workgroup_size(256')]).toEqual([[1, 1, 1], true]);
    capture.dispose();
    for (const [key, variant] of [
      ['flat_unary 250', 'threads100'],
      ['flat_unary 250x4', 'threads64'],
      ['flat_ 250', 'threads64'],
      ['flat 250', 'threads64'],
      ['flat_unarry 250', 'threads64'],
      ['flat_matmul_subgroup 250', 'threads64'],
      ['custom_ 250', 'threads64'],
    ] as const) {
      expect(() => importTuning(device, { ...table, choices: { [key]: variant } })).toThrow(
        /unknown (key|variant)/,
      );
    }
  });

  test('the names of flat kernels are those of the library, and others have a prefix', () => {
    const flat = [
      ...Object.values(kernels),
      ...Object.entries({ ...VARIANT_TEXTS, ...SOFTWARE_TEXTS }).map(
        ([name, text]) => new Kernel(name, text),
      ),
    ].filter(({ isFlat }) => isFlat);
    expect([...FLAT_KERNELS]).toEqual(flat.map(({ name }) => name).sort());
    expect(['unary', 'softsign', 'two words'].map(flatFamily)).toEqual([
      'flat_unary',
      'custom_softsign',
      undefined,
    ]);
    expect(['flat_unary', 'custom_softsign', 'custom_', 'flat_softsign'].map(isFlatFamily)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('keeps the default if no variant is faster beyond noise', async () => {
    const device = await testDevice();
    const { table } = await tune(device, work(device), { cache: false }, fakeClocks({ matmul: 1.95 }));
    expect(table.choices).toEqual({ [KEY]: 'default' });
  });

  test('variants that are not faster together are not used', async () => {
    const device = await testDevice();
    const clocks = fakeClocks();
    const timer: Timer = {
      leastMs: 1,
      // the work has the product twice
      time: (runs) =>
        runs.some(({ commands }) => commands.length > 1)
          ? Promise.resolve(runs.map(() => 3))
          : clocks.timer.time(runs),
    };
    const { table, measured } = await tune(device, work(device), { cache: false }, { ...clocks, timer });
    expect(table.choices).toEqual({ [KEY]: 'default' });
    expect(measured[0]).toMatchObject({ variant: 'default', variantMs: 2 });
  });

  test('a second call measures only what is new, or everything with refresh', async () => {
    const device = await testDevice();
    await tune(device, work(device), { cache: false }, fakeClocks());
    const second = await tune(device, work(device, 7), { cache: false }, fakeClocks());
    expect(Object.keys(second.table.choices)).toEqual([KEY, 'matmul 7x8x12']);
    const third = await tune(device, work(device), { cache: false }, fakeClocks());
    expect(third).toMatchObject({ known: 1, measured: [] });
    const again = await tune(device, work(device), { cache: false, refresh: true }, fakeClocks({}));
    expect(again.table.choices[KEY]).toBe('default');
  });

  test('a budget that is used up leaves the rest at the default', async () => {
    const device = await testDevice();
    const none = await tune(device, work(device), { cache: false, budgetMs: 0 }, fakeClocks());
    expect(none).toMatchObject({ measured: [], left: 1, table: { choices: {} } });
    // it ends before the fastest variant has run, so nothing is known about this operation
    const short = await tune(device, work(device), { cache: false, budgetMs: 3 }, fakeClocks());
    expect(short).toMatchObject({ measured: [], left: 1, table: { choices: {} } });
    // variants that did not run in time are left out
    const most = await tune(device, work(device), { cache: false, budgetMs: 10 }, fakeClocks());
    expect(most).toMatchObject({ left: 0, table: { choices: { [KEY]: 'general' } } });
    importTuning(device, null);
    const signal = AbortSignal.abort();
    const stopped = await tune(device, work(device), { cache: false, signal }, fakeClocks());
    expect(stopped).toMatchObject({ measured: [], left: 1 });
  });

  test('measures with the clocks of the device', async () => {
    const device = await testDevice();
    const { measured } = await tune(device, work(device), { cache: false, budgetMs: 60_000 });
    expect(measured[0]).toMatchObject({ key: KEY, count: 2 });
    expect(measured[0]?.defaultMs).toBeGreaterThan(0);
    await product(device);
  });

  test('a capture keeps what it was recorded with', async () => {
    const device = await testDevice();
    const [a, b] = [onDevice(device, x), onDevice(device, w)];
    const capture = await device.capture(() => linear(a, b));
    const before = await capture.run().data();
    importTuning(device, tableWith(device, { [KEY]: 'general' }));
    const kernels = capture.dispatches;
    expect(await capture.run().data()).toEqual(before);
    expect(capture.dispatches).toBe(kernels);
    capture.outputs.dispose();
    capture.dispose();
    for (const tensor of [a, b]) tensor.dispose();
  });

  test('errors of the work, of the options and of concurrent use change nothing', async () => {
    const device = await testDevice();
    const fail = () => {
      throw new Error('mine');
    };
    await expect(tune(device, fail, { cache: false })).rejects.toThrow('mine');
    await expect(tune(device, 3 as never)).rejects.toThrow('tune: work: got 3');
    await expect(tune(device, work(device), { budget: 3 } as never)).rejects.toThrow(
      'Did you mean "budgetMs"?',
    );
    await expect(tune(device, work(device), { budgetMs: -1 })).rejects.toThrow('budgetMs: got -1');
    await expect(tune(device, async () => {}, { cache: false })).rejects.toThrow('tune');
    const first = tune(device, work(device), { cache: false }, fakeClocks());
    await expect(tune(device, work(device), { cache: false })).rejects.toThrow('already being tuned');
    expect(() => importTuning(device, null)).toThrow('is being tuned');
    await first;
    const release = holdTuning(device);
    await expect(tune(device, work(device))).rejects.toThrow('a training run uses the tuning table');
    expect(() => importTuning(device, null)).toThrow('a training run uses the tuning table');
    release();
    importTuning(device, null);
    expect(exportTuning(device)).toBeNull();
  });

  test('a lost device', async () => {
    const device = await openDevice();
    const clocks = fakeClocks();
    const timer: Timer = {
      ...clocks.timer,
      time: (runs) => {
        device.destroy();
        return clocks.timer.time(runs);
      },
    };
    await expect(tune(device, work(device), { cache: false }, { ...clocks, timer })).rejects.toMatchObject({
      name: 'DeviceLostError',
    });
    expect(exportTuning(device)).toBeNull();
    await device.lost;
  });
});

function tableWith(device: Device, choices: Record<string, string>): TuningTable {
  importTuning(device, null);
  const { vendor, architecture, device: model, description } = device.gpu.adapterInfo;
  const adapter = {
    vendor,
    architecture,
    device: model,
    description,
    subgroups: device.features.has('subgroups'),
  };
  return { format: 'feathergrad tuning 1', library: '0.1.0', adapter, choices };
}

describe('importTuning', () => {
  test('uses what exportTuning returned, through JSON', async () => {
    const device = await testDevice();
    const untuned = await product(device);
    const { table } = await tune(device, work(device), { cache: false }, fakeClocks());
    const tuned = await product(device);
    importTuning(device, null);
    expect(await product(device)).toEqual(untuned);
    importTuning(device, JSON.parse(JSON.stringify(table)));
    expect(await product(device)).toEqual(tuned);
    expect(exportTuning(device)).toEqual(table);
  });

  test('refuses a table that does not fit', async () => {
    const device = await testDevice();
    const good = tableWith(device, { [KEY]: 'vec4' });
    const cases: [unknown, string][] = [
      [undefined, 'the table is not an object (got undefined)'],
      ['{}', 'the table is not an object'],
      [[], 'the table is not an object'],
      [{}, 'unknown format'],
      [{ ...good, format: 'feathergrad tuning 9' }, 'unknown format'],
      [{ ...good, more: 1 }, 'unknown entry (got more)'],
      [{ ...good, library: 1 }, 'library is not a version'],
      [{ ...good, library: '0.0.1' }, 'another version of the library (got 0.0.1'],
      [{ ...good, adapter: null }, 'adapter is not an object'],
      [{ ...good, adapter: { ...good.adapter, vendor: 7 } }, 'adapter.vendor is not a string (got 7)'],
      [{ ...good, adapter: { ...good.adapter, subgroups: 'yes' } }, 'adapter.subgroups is not a boolean'],
      [{ ...good, adapter: { ...good.adapter, vendor: 'acme' } }, 'another adapter (got vendor "acme"'],
      [{ ...good, adapter: { ...good.adapter, subgroups: !good.adapter.subgroups } }, 'another adapter'],
      [{ ...good, choices: [] }, 'choices is not an object'],
      ...['matmul', 'matmul 6x8', 'matmul 6x8x', 'other 6x8x12', 'matmul -6x8x12', '__proto__ 1', ' '].map(
        (key): [unknown, string] => [{ ...good, choices: { [key]: 'vec4' } }, 'unknown key'],
      ),
      ...['fast', '', 4, null, 'tile1x1'].map((name): [unknown, string] => [
        { ...good, choices: { [KEY]: name } },
        `unknown variant of ${KEY}`,
      ]),
    ];
    for (const [table, message] of cases) {
      expect(() => importTuning(device, table), message).toThrow(
        `importTuning: ${message.replace(/^another/, 'the table is of another')}`,
      );
    }
    expect(exportTuning(device)).toBeNull();
  });

  test('a variant that an operation lacks is an error with the variants that it has', async () => {
    const device = await testDevice();
    // 13 columns are supported only by the general kernel
    importTuning(device, tableWith(device, { 'matmul 6x8x13': 'vec4' }));
    const wide = () =>
      scope(() => linear(empty(device, [6, 8], 'f32', 'x'), empty(device, [8, 13], 'f32', 'w')));
    expect(wide).toThrow(
      'tuning table: matmul 6x8x13: the variant does not exist for this operation (got vec4',
    );
  });
});
