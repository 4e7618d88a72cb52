import { expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/shared/terminal.ts';
import { withTuning } from '../../src/cli/shared/tune.ts';
import type { TuneOptions, TuningResult } from '../../src/tensor/tuner/tune-options.ts';

const operation = (key: string, variant: string, defaultMs: number, variantMs: number) => ({
  key,
  count: 2,
  variant,
  defaultMs,
  variantMs,
});
const result: TuningResult = {
  table: {
    format: 'feathergrad tuning 1',
    library: '0.1.0',
    adapter: { vendor: '', architecture: '', device: '', description: '', subgroups: false },
    choices: {},
  },
  measured: [operation('matmul 1x2x4', 'vec4', 3, 2), operation('matmul 2x2x4', 'default', 1, 1)],
  known: 0,
  left: 0,
  cacheProblem: null,
};

/** Calls `withTuning` and returns the options of the measurement, or null if there was none, and all output. */
async function tunedWith(
  choice: { tune?: boolean; tuneSeconds?: number },
  changed: Partial<TuningResult> = {},
) {
  const lines: string[] = [];
  const terminal = {
    note: (line: string) => void lines.push(line),
    progress: (...words: unknown[]) => void lines.push(words.join(' ')),
  } as unknown as Terminal;
  let options: TuneOptions | null = null;
  await withTuning(choice, terminal, async (given) => {
    options = given;
    given.onProgress?.({ done: 1, total: 3, key: 'matmul 1x2x4', milliseconds: 5 });
    return { ...result, ...changed };
  });
  return { options: options as TuneOptions | null, lines };
}

test('nothing is measured without --tune', async () => {
  expect(await tunedWith({})).toEqual({ options: null, lines: [] });
});

test('--tune shows progress and the result; --tune-seconds implies it', async () => {
  const { options, lines } = await tunedWith({ tune: true });
  expect(options?.budgetMs).toBeUndefined();
  expect(lines).toEqual([
    'tuning 1 3 matmul 1x2x4',
    'Tuning: 1 of 2 measured operations are faster (8.00 ms by default, 6.00 ms tuned)',
  ]);
  expect((await tunedWith({ tuneSeconds: 4 })).options?.budgetMs).toBe(4000);
});

test('what was known or left out, and a cache that cannot be written', async () => {
  const { lines } = await tunedWith(
    { tune: true },
    { measured: [], known: 4, left: 2, cacheProblem: 'full' },
  );
  expect(lines.slice(1)).toEqual([
    'Tuning: 4 measured before; 2 not measured in time; --tune-seconds sets the time',
    'warning: the tuning table was not stored (full)',
  ]);
  const none = await tunedWith({ tune: true }, { measured: [] });
  expect(none.lines[1]).toBe('Tuning: no operation has several variants');
});
