import { describe, expect, test } from 'vitest';
import { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from '../../src/optim/reduce-lr-on-plateau.ts';
import {
  ConstantLR,
  CosineAnnealingLR,
  OneCycleLR,
  type Progress,
  type Schedule,
  StepLR,
} from '../../src/optim/schedules.ts';

const at = (progress: Partial<Progress>): Progress => ({
  step: 0,
  epoch: 0,
  totalSteps: 12,
  totalEpochs: 6,
  ...progress,
});
const bySteps = (schedule: Schedule, steps: number[], totalSteps = 12) =>
  steps.map((step) => schedule.rate(at({ step, totalSteps })));

function expectRates(actual: number[], expected: number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((rate, i) => {
    expect(rate).toBeCloseTo(expected[i]!, 12);
  });
}

test('ConstantLR', () => {
  expect(bySteps(new ConstantLR(0.3), [0, 5, 11])).toEqual([0.3, 0.3, 0.3]);
});

describe('StepLR', () => {
  test('multiplies by gamma every `stepSize` epochs', () => {
    const schedule = new StepLR(0.8, { stepSize: 2, gamma: 0.5 });
    const rates = [0, 1, 2, 3, 4, 5].map((epoch) => schedule.rate(at({ epoch, step: 7 })));
    expectRates(rates, [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]);
  });

  test("gamma defaults to PyTorch's 0.1", () => {
    expectRates([new StepLR(1, { stepSize: 3 }).rate(at({ epoch: 6 }))], [0.01]);
  });
});

describe('CosineAnnealingLR', () => {
  test('decreases from base to minimum along half a cosine', () => {
    // cos(0) = 1, cos(pi / 3) = 1 / 2, cos(pi / 2) = 0, cos(2 pi / 3) = -1 / 2, cos(pi) = -1
    expectRates(bySteps(new CosineAnnealingLR(1), [0, 4, 6, 8, 12]), [1, 0.75, 0.5, 0.25, 0]);
    const raised = new CosineAnnealingLR(1, { etaMin: 0.2 });
    expectRates(bySteps(raised, [0, 4, 6, 8, 12]), [1, 0.8, 0.6, 0.4, 0.2]);
  });

  test('warms up linearly, to the base at the last step of the warm-up', () => {
    const schedule = new CosineAnnealingLR(0.4, { warmupSteps: 4, etaMin: 0.1 });
    expectRates(bySteps(schedule, [0, 1, 2, 3]), [0.1, 0.2, 0.3, 0.4]);
    // the cosine covers the remaining eight steps
    expectRates(bySteps(schedule, [4, 8, 12]), [0.4, 0.25, 0.1]);
  });

  test('stays at the minimum beyond the end, and a run shorter than its warm-up only warms up', () => {
    expectRates(bySteps(new CosineAnnealingLR(1, { etaMin: 0.2 }), [13, 100]), [0.2, 0.2]);
    expectRates(bySteps(new CosineAnnealingLR(1, { warmupSteps: 10 }), [0, 4], 5), [0.1, 0.5]);
  });
});

describe('ReduceLROnPlateau', () => {
  test('waits for more than `patience` epochs without a decrease by the threshold', () => {
    const schedule = new ReduceLROnPlateau(0.8, {
      factor: 0.5,
      patience: 2,
      threshold: 0.01,
      minLearningRate: 0.15,
    });
    const observed: [loss: number, rateAfter: number][] = [
      [1, 0.8], // the first is the best
      [0.995, 0.8], // not below 0.99: 1 epoch
      [0.991, 0.8], // 2
      [0.9905, 0.4], // 3, more than 2: halved, and counting starts anew
      [0.98, 0.4], // below 0.99: the best
      [0.9703, 0.4], // not below 0.9702: 1
      [2, 0.4], // 2
      [0.97, 0.4], // below 0.9702: the best, counting starts anew
      [Number.NaN, 0.4], // 1
      [0.97, 0.4], // 2
      [0.97, 0.2], // 3
      [0.97, 0.2],
      [0.97, 0.2],
      [0.97, 0.15], // never below the minimum
    ];
    for (const [loss, rate] of observed) {
      schedule.observe(loss);
      expectRates([schedule.rate()], [rate]);
    }
  });

  test("defaults to the paper's values: a tenth after 10 epochs without a decrease of 0.01 %", () => {
    const schedule = new ReduceLROnPlateau(1e-3);
    schedule.observe(1);
    for (let i = 0; i < 10; i++) schedule.observe(0.99995);
    expectRates([schedule.rate()], [1e-3]);
    schedule.observe(0.99995);
    expectRates([schedule.rate()], [1e-4]);
    schedule.observe(0.99985); // a decrease of more than 0.01 % from 1
    for (let i = 0; i < 10; i++) schedule.observe(0.99985);
    expectRates([schedule.rate()], [1e-4]);
  });

  test('omits reductions by eps or less, as PyTorch does', () => {
    // rates of torch.optim.lr_scheduler.ReduceLROnPlateau, patience 0, after losses that do not decrease
    const cases: [rate: number, options: ReduceLROnPlateauOptions, after: number[]][] = [
      [1e-6, {}, [1e-7, 1e-8, 1e-8, 1e-8]],
      [3e-8, { factor: 0.5, minLearningRate: 1e-8 }, [1.5e-8, 1.5e-8]],
      [1e-6, { eps: 0 }, [1e-7, 1e-8, 1e-9, 1e-10]],
      [1, { factor: 0.5, eps: 0.2 }, [0.5, 0.25, 0.25]],
      [0.1, { minLearningRate: 0.2, eps: 0 }, [0.1, 0.1]], // a rate below the bound is not raised
    ];
    for (const [rate, options, after] of cases) {
      const schedule = new ReduceLROnPlateau(rate, { patience: 0, ...options });
      schedule.observe(1);
      for (const expected of after) {
        schedule.observe(1);
        expect(schedule.rate() / expected).toBeCloseTo(1, 9);
      }
    }
  });

  // halvings after each value, from torch.optim.lr_scheduler.ReduceLROnPlateau with factor 0.5 and threshold 0.015
  const FALLING = [1, 0.995, 0.98, 0.9799, 0.97, 2, 0.96, 0.96, 0.96, 0.9, 0.9, 0.9];
  const RISING = [-1, -0.5, -0.499, 0.1, 0.1, 0.1, 0.101, 0.2, 0.2, 0.2, 0.2, 0.2];
  test.each([
    ['min', 'rel', 0, 0, '011234456678'],
    ['min', 'rel', 2, 0, '011122233344'],
    ['min', 'rel', 2, 1, '000011112222'],
    ['min', 'abs', 0, 1, '000011112223'],
    ['min', 'abs', 2, 0, '011122233344'],
    ['max', 'rel', 0, 0, '000012334567'],
    ['max', 'rel', 2, 0, '000011112223'],
    ['max', 'abs', 0, 0, '001123445678'],
    ['max', 'abs', 2, 0, '001112223334'],
    ['max', 'abs', 2, 1, '000001111222'],
  ] as const)(
    'mode %s, %s, cooldown %d, patience %d',
    (mode, thresholdMode, cooldown, patience, halvings) => {
      const options = { factor: 0.5, threshold: 0.015, mode, thresholdMode, cooldown, patience };
      const schedule = new ReduceLROnPlateau(0.8, options);
      const rates = (mode === 'min' ? FALLING : RISING).map((value) => {
        schedule.observe(value);
        return Math.log2(0.8 / schedule.rate());
      });
      expectRates(rates, [...halvings].map(Number));
    },
  );

  test('resumes from a state that was converted to JSON', () => {
    const options = { factor: 0.5, patience: 1, cooldown: 1 };
    const [whole, before] = [new ReduceLROnPlateau(1, options), new ReduceLROnPlateau(1, options)];
    const losses = [3, 2, 2.5, 2, 1, 1, 1, 1];
    for (const loss of losses.slice(0, 3)) for (const schedule of [whole, before]) schedule.observe(loss);
    const resumed = new ReduceLROnPlateau(1, options);
    resumed.restore(JSON.parse(JSON.stringify(before.state())));
    for (const loss of losses.slice(3)) {
      for (const schedule of [whole, resumed]) schedule.observe(loss);
      expect(resumed.rate()).toBe(whole.rate());
    }
    expect(whole.rate()).toBe(0.25);
    // the state of a run that has observed nothing yet
    const fresh = new ReduceLROnPlateau(1, options);
    fresh.restore(JSON.parse(JSON.stringify(new ReduceLROnPlateau(1).state())));
    fresh.observe(1e9);
    fresh.observe(1e8);
    expect(fresh.rate()).toBe(1);
  });
});

describe('options and settings', () => {
  test.each<[() => Schedule, string]>([
    [() => new ConstantLR(-1), 'ConstantLR: learningRate: got -1, expected a number >= 0'],
    [() => new ConstantLR(Number.NaN), 'ConstantLR: learningRate: got NaN'],
    [() => new ConstantLR('0.1' as unknown as number), "ConstantLR: learningRate: got '0.1'"],
    [() => new StepLR(Number.POSITIVE_INFINITY, { stepSize: 1 }), 'StepLR: learningRate: got Infinity'],
    [() => new StepLR(1, { stepSize: 0 }), 'StepLR: stepSize: got 0, expected an integer >= 1'],
    [() => new StepLR(1, { stepSize: 1.5 }), 'StepLR: stepSize: got 1.5'],
    [() => new StepLR(1, {} as { stepSize: number }), 'StepLR: stepSize: got undefined'],
    [() => new StepLR(1, { stepSize: 2, gamma: 0 }), 'StepLR: gamma: got 0, expected a number above 0'],
    [() => new StepLR(1, { stepSize: 2, gamma: -1 }), 'StepLR: gamma: got -1'],
    [() => new CosineAnnealingLR(1, { warmupSteps: -1 }), 'CosineAnnealingLR: warmupSteps: got -1'],
    [() => new CosineAnnealingLR(1, { etaMin: Number.NaN }), 'CosineAnnealingLR: etaMin: got NaN'],
    [() => new ReduceLROnPlateau(1, { factor: 1 }), 'ReduceLROnPlateau: factor: got 1'],
    [() => new ReduceLROnPlateau(1, { patience: 0.5 }), 'ReduceLROnPlateau: patience: got 0.5'],
    [() => new ReduceLROnPlateau(1, { threshold: -1 }), 'ReduceLROnPlateau: threshold: got -1'],
    [() => new ReduceLROnPlateau(1, { minLearningRate: -1 }), 'ReduceLROnPlateau: minLearningRate: got -1'],
    [() => new ReduceLROnPlateau(1, { eps: -1 }), 'ReduceLROnPlateau: eps: got -1'],
    [
      () => new CosineAnnealingLR(1, { minimum: 0.1 } as object),
      'CosineAnnealingLR: unknown option "minimum" (known: warmupSteps, etaMin)',
    ],
    [() => new StepLR(1, 3 as unknown as { stepSize: number }), 'StepLR: options: got 3, expected an object'],
    [
      () => new StepLR(1, undefined as unknown as { stepSize: number }),
      'StepLR: stepSize: got undefined, expected an integer >= 1',
    ],
  ])('%s', (make, message) => {
    expect(make).toThrow(message);
  });

  test('are plain JSON with a literal type, the same after changes of state', () => {
    const plateau = new ReduceLROnPlateau(1, { patience: 0 });
    const before = plateau.settings();
    plateau.observe(1);
    plateau.observe(1);
    expect(plateau.rate()).toBe(0.1);
    expect(plateau.settings()).toEqual(before);
    expect(new ReduceLROnPlateau(1, { eps: 0 }).settings().eps).toBe(0);
    const all = [
      new ConstantLR(1),
      new StepLR(1, { stepSize: 3 }),
      new CosineAnnealingLR(1, { warmupSteps: 4 }),
      plateau,
    ].map((schedule) => schedule.settings());
    expect(JSON.parse(JSON.stringify(all))).toEqual([
      { type: 'ConstantLR', version: 1, learningRate: 1 },
      { type: 'StepLR', version: 1, learningRate: 1, stepSize: 3, gamma: 0.1 },
      { type: 'CosineAnnealingLR', version: 1, learningRate: 1, warmupSteps: 4, etaMin: 0 },
      {
        type: 'ReduceLROnPlateau',
        version: 1,
        learningRate: 1,
        factor: 0.1,
        patience: 0,
        threshold: 1e-4,
        minLearningRate: 0,
      },
    ]);
  });

  test('a plateau never raises a rate that begins below its bound', () => {
    const schedule = new ReduceLROnPlateau(1e-3, { patience: 0, minLearningRate: 1e-2 });
    for (let i = 0; i < 3; i++) schedule.observe(1);
    expect(schedule.rate()).toBe(1e-3);
  });
});

describe('OneCycleLR', () => {
  /** The phases of torch.optim.lr_scheduler.OneCycleLR: returns the rate of a step between two anchors. */
  function expected(
    step: number,
    total: number,
    options: ConstructorParameters<typeof OneCycleLR>[1] = {},
  ): number {
    const {
      pctStart = 0.3,
      annealStrategy = 'cos',
      divFactor = 25,
      finalDivFactor = 1e4,
      threePhase,
    } = options;
    const high = 0.1;
    const initial = high / divFactor;
    const anchors: [number, number][] = [[0, initial]];
    anchors.push([pctStart * total - 1, high]);
    if (threePhase) anchors.push([2 * pctStart * total - 2, initial]);
    anchors.push([total - 1, initial / finalDivFactor]);
    const next = anchors.findIndex(([at], i) => i > 0 && step <= at);
    const [[begin, from], [end, to]] = [anchors[next - 1]!, anchors[next]!];
    const share = (step - begin) / (end - begin);
    return annealStrategy === 'linear'
      ? from * (1 - share) + to * share
      : from + ((to - from) * (1 - Math.cos(Math.PI * share))) / 2;
  }

  test.each([
    {},
    { annealStrategy: 'linear' as const },
    { pctStart: 0.5, divFactor: 10, finalDivFactor: 100 },
    { threePhase: true },
    { threePhase: true, annealStrategy: 'linear' as const, pctStart: 0.25 },
  ])('follows PyTorch over 20 steps with %j', (options) => {
    const steps = Array.from({ length: 20 }, (_, i) => i);
    expectRates(
      bySteps(new OneCycleLR(0.1, options), steps, 20),
      steps.map((step) => expected(step, 20, options)),
    );
  });

  test('PyTorch’s values: first, peak and last rate', () => {
    expectRates(bySteps(new OneCycleLR(0.1), [0, 1, 2, 9, 12], 10), [0.004, 0.052, 0.1, 4e-7, 4e-7]);
  });

  test('needs the step and the number of all steps', () => {
    const schedule = new OneCycleLR(0.1);
    expect(() => schedule.rate({ step: 1 } as Progress)).toThrow(
      'OneCycleLR: totalSteps: got undefined, expected an integer >= 1',
    );
    expect(() => schedule.rate({ totalSteps: 9 } as Progress)).toThrow('OneCycleLR: step: got undefined');
  });

  test('is finite for a run of one step, and without an increase', () => {
    for (const pctStart of [0, 0.3, 1]) {
      for (const total of [1, 2, 3]) {
        for (const rate of bySteps(new OneCycleLR(0.1, { pctStart }), [0, 1, 2].slice(0, total), total)) {
          expect(rate).toBeGreaterThan(0);
          expect(rate).toBeLessThanOrEqual(0.1);
        }
      }
    }
  });

  test('rejects options out of range and returns its settings', () => {
    expect(() => new OneCycleLR(0.1, { pctStart: 30 })).toThrow(
      'OneCycleLR: pctStart: got 30, expected a number from 0 to 1',
    );
    expect(() => new OneCycleLR(0.1, { annealStrategy: 'cosine' as 'cos' })).toThrow(
      "OneCycleLR: annealStrategy: got 'cosine'",
    );
    expect(() => new OneCycleLR(0.1, { divFactor: 0 })).toThrow('OneCycleLR: divFactor: got 0');
    expect(() => new OneCycleLR(-1)).toThrow('OneCycleLR: maxLearningRate: got -1');
    expect(new OneCycleLR(0.1).settings()).toMatchObject({
      type: 'OneCycleLR',
      maxLearningRate: 0.1,
      threePhase: false,
    });
    expect(new OneCycleLR(0.1).dependsOnLength).toBe(true);
  });
});
