// docs/ledger.json and the charts drawn from it, and the statistics of the ablation.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compare, resolution, seedsFor, spread } from '../../scripts/ablation-statistics.mjs';
import { drawLedger, readLedger } from '../../scripts/draw-ledger.mjs';
import { root } from '../../scripts/run.mjs';

test('the charts in docs/images are those of docs/ledger.json', async () => {
  for (const [path, svg] of drawLedger(await readLedger())) {
    expect(await readFile(join(root, path), 'utf8'), `${path}: run node scripts/draw-ledger.mjs`).toBe(svg);
  }
});

test('the ledger has a stage per training and a row per input side', async () => {
  const { stages, sides } = await readLedger();
  expect(stages.map(({ stage }) => stage)).toEqual(stages.map((_, i) => i + 1));
  for (const { accuracy } of stages) {
    expect(accuracy.length).toBeGreaterThan(0);
    for (const value of accuracy) expect(value > 12.5 && value < 100).toBe(true);
  }
  expect(sides.rows.map(({ side }) => side)).toEqual([48, 64, 80, 96, 112, 128]);
  for (const { accuracy, cpuMs } of sides.rows) {
    expect([accuracy.length, cpuMs.length]).toEqual([2, 2]);
    expect(cpuMs[1]).toBeGreaterThan(cpuMs[0]);
  }
});

describe('statistics of the ablation', () => {
  test('standard deviation of a sample, paired difference with an interval of Student’s t', () => {
    expect(spread([1, 2, 3, 6])).toEqual({ mean: 3, deviation: Math.sqrt(14 / 3) });
    // differences 1, 2 and 3 points: mean 2, deviation 1, t(2) = 4.303
    expect(compare([0.51, 0.52, 0.53], [0.5, 0.5, 0.5])).toBe('+2.0 (−0.5 to +4.5)');
    expect(compare([0.5], [0.51])).toBe('−1.0');
  });

  test('one point at a deviation of one point needs 8 seeds per network', () => {
    expect(seedsFor(1, 1)).toBe(8); // 2 x 1.96^2 = 7.68
    expect(seedsFor(2, 1)).toBe(2);
    const accuracies = [
      [0.5, 0.51, 0.52],
      [0.6, 0.61, 0.62],
    ];
    const text = resolution({ accuracies, interval: [0.54, 0.57], images: 3191, seconds: 900 });
    expect(text).toContain('over 3,191 images is ±1.5 points');
    expect(text).toContain('between seeds is 1.00 points (4 degrees of freedom), so 3 seeds');
    expect(text).toContain('differences from 2.3 points'); // 2.776 x sqrt(2 / 3)
    expect(text).toContain('needs 8 seeds per network: 16 trainings, 4.0 hours at 900 s each');
    const single = resolution({ accuracies: [[0.5], [0.6]], interval: [0.5, 0.6], images: 10, seconds: 1 });
    expect(single).toContain('one seed, so the spread between seeds is unknown');
  });
});
