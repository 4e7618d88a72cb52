import { describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { ZEROS } from '../../src/layers/initialize.ts';
import { Module } from '../../src/layers/module.ts';
import { Parameter } from '../../src/layers/parameter.ts';
import { Adam, AdamW } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import { RMSprop } from '../../src/optim/rmsprop.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { scope } from '../../src/tensor/scope.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type NdArray, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import {
  adamState,
  adamStep,
  adamWStep,
  clipGradientNorm,
  type RmspropOptions,
  rmspropState,
  rmspropStep,
  type SgdOptions,
  sgdStep,
} from '../reference/ops/optimizers.ts';
import { bitsOf } from '../support/bits.ts';
import { onDevice } from '../support/check-op.ts';
import { openDevice, testDevice } from '../support/device.ts';

/** Parameters of odd sizes. Their loss is their dot product with arrays, so these arrays are its gradients. */
class Bag extends Module {
  readonly matrix = new Parameter([3, 5], ZEROS);
  readonly filter = new Parameter([3, 3, 2, 7], ZEROS);
  readonly scale = new Parameter([7], ZEROS);
  readonly shift = new Parameter([65], ZEROS);

  forward(x: Tensor): Tensor {
    return x;
  }

  outputShape(input: Shape): Shape {
    return input;
  }

  lossOf(weights: readonly Tensor[]): Tensor {
    return this.parameters()
      .slice(0, weights.length)
      .map(({ value }, i) => sum(mul(value, weights[i] as Tensor)))
      .reduce((total, part) => add(total, part));
  }
}

const shapes = new Bag().parameters().map(({ shape }) => shape);
const start = shapes.map((shape, i) => random(shape, i));
const STEPS = 11;
/** gradientsAt[step][parameter] */
const gradientsAt = Array.from({ length: STEPS }, (_, step) =>
  shapes.map((shape, i) => random(shape, 100 + 10 * step + i)),
);

function place(device: Device): Bag {
  const module = new Bag().to(device);
  module.parameters().forEach(({ value }, i) => {
    value.write(start[i]!.data);
  });
  return module;
}

/** Backward passes that result in these gradients, for the first `count` parameters. */
function giveGradients(module: Bag, gradients: readonly NdArray[]): void {
  module.zeroGrad();
  scope(() => backward(module.lossOf(gradients.map((g) => onDevice(module.device, g)))));
}

const values = (module: Bag) =>
  Promise.all(module.parameters().map(async ({ value }) => [...(await value.data())]));

/** Adapter from a reference rule to a list of tensors, one state each. */
type Rule = (parameters: Float64Array, gradients: Float64Array, i: number, decays: boolean) => void;

interface Case {
  name: string;
  make: (module: Module) => Optimizer;
  rule: () => Rule;
  clipNorm?: number;
  decayVectors?: boolean;
}

const adamRule =
  (step: typeof adamStep, options: Parameters<typeof adamStep>[3]): (() => Rule) =>
  () => {
    const states = start.map(({ data }) => adamState(data.length));
    return (parameters, gradients, i, decays) =>
      step(parameters, gradients, states[i]!, { ...options, ...(decays ? {} : { weightDecay: 0 }) });
  };
const sgdRule = (options: SgdOptions) => (): Rule => {
  const velocity = start.map((): number[] => []);
  return (parameters, gradients, i, decays) =>
    sgdStep(parameters, gradients, velocity[i]!, { ...options, ...(decays ? {} : { weightDecay: 0 }) });
};

const rmspropRule = (options: RmspropOptions) => (): Rule => {
  const states = start.map(({ data }) => rmspropState(data.length));
  return (parameters, gradients, i, decays) =>
    rmspropStep(parameters, gradients, states[i]!, { ...options, ...(decays ? {} : { weightDecay: 0 }) });
};

const cases: Case[] = [
  { name: 'RMSprop, PyTorch defaults', make: (m) => new RMSprop(m), rule: rmspropRule({}) },
  ...[
    { centered: true },
    { momentum: 0.9, weightDecay: 0.02 },
    { learningRate: 0.02, alpha: 0.9, eps: 1e-3, momentum: 0.5, centered: true, weightDecay: 0.1 },
    { maximize: true, weightDecay: 0.1 },
  ].map((options) => ({
    name: `RMSprop ${JSON.stringify(options)}`,
    make: (m: Module) => new RMSprop(m, options),
    rule: rmspropRule(options),
  })),
  {
    name: 'SGD, PyTorch defaults',
    make: (m) => new SGD(m),
    rule: sgdRule({ learningRate: 1e-3 }),
  },
  {
    name: 'SGD with momentum and decay',
    make: (m) => new SGD(m, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.02 }),
    rule: sgdRule({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.02 }),
  },
  ...[
    { momentum: 0.9, dampening: 0.3, weightDecay: 0.1 },
    { momentum: 0.5, dampening: -2, maximize: true },
    { momentum: 1, dampening: 1 },
    { momentum: 1.1, nesterov: true, maximize: true, weightDecay: 0.1 },
    { dampening: 0.9 }, // without momentum, no effect
  ].map((options) => ({
    name: `SGD ${JSON.stringify(options)}`,
    make: (m: Module) => new SGD(m, { learningRate: 0.1, ...options }),
    rule: sgdRule({ learningRate: 0.1, ...options }),
  })),
  {
    name: 'SGD with Nesterov, clipped, vectors not decayed',
    make: (m) =>
      new SGD(m, {
        learningRate: 0.1,
        momentum: 0.8,
        nesterov: true,
        weightDecay: 0.1,
        clipNorm: 2,
        decayVectors: false,
      }),
    rule: sgdRule({ learningRate: 0.1, momentum: 0.8, nesterov: true, weightDecay: 0.1 }),
    clipNorm: 2,
    decayVectors: false,
  },
  {
    name: 'Adam, PyTorch defaults',
    make: (m) => new Adam(m),
    rule: adamRule(adamStep, { learningRate: 1e-3 }),
  },
  {
    name: 'Adam with other rates, decay and eps',
    make: (m) => new Adam(m, { learningRate: 0.05, betas: [0.7, 0.9], eps: 1e-3, weightDecay: 0.1 }),
    rule: adamRule(adamStep, { learningRate: 0.05, beta1: 0.7, beta2: 0.9, eps: 1e-3, weightDecay: 0.1 }),
  },
  ...[
    { amsgrad: true, weightDecay: 0.1 },
    { amsgrad: true, maximize: true },
    { maximize: true, weightDecay: 0.1 },
  ].flatMap((options) =>
    ([Adam, AdamW] as const).map((Kind) => {
      // beta2 0.5, so that the second average decreases in some steps
      const shared = { learningRate: 0.05, weightDecay: 0, ...options };
      return {
        name: `${Kind.name} ${JSON.stringify(options)}`,
        make: (m: Module) => new Kind(m, { ...shared, betas: [0.9, 0.5] }),
        rule: adamRule(Kind === Adam ? adamStep : adamWStep, { ...shared, beta1: 0.9, beta2: 0.5 }),
      };
    }),
  ),
  {
    name: 'Adam with eps 0',
    make: (m) => new Adam(m, { learningRate: 0.05, eps: 0 }),
    rule: adamRule(adamStep, { learningRate: 0.05, eps: 0 }),
  },
  {
    name: 'Adam, clipped, vectors not decayed',
    make: (m) => new Adam(m, { learningRate: 0.02, weightDecay: 0.3, clipNorm: 1.5, decayVectors: false }),
    rule: adamRule(adamStep, { learningRate: 0.02, weightDecay: 0.3 }),
    clipNorm: 1.5,
    decayVectors: false,
  },
  {
    name: 'AdamW, PyTorch defaults',
    make: (m) => new AdamW(m),
    rule: adamRule(adamWStep, { learningRate: 1e-3, weightDecay: 0.01 }),
  },
  {
    name: 'AdamW, vectors not decayed',
    make: (m) => new AdamW(m, { learningRate: 0.02, weightDecay: 0.5, decayVectors: false }),
    rule: adamRule(adamWStep, { learningRate: 0.02, weightDecay: 0.5 }),
    decayVectors: false,
  },
];

/**
 * The parameters after each step by the float64 rule, and the norms before clipping. Parameters without a gradient do
 * not change.
 */
function run({ rule, clipNorm, decayVectors = true }: Case, steps: readonly (readonly NdArray[])[]) {
  const apply = rule();
  const parameters = start.map(({ data }) => data.slice());
  return steps.map((gradients) => {
    const list = gradients.map(({ data }) => data.slice());
    const norm = clipGradientNorm(list, clipNorm ?? Number.POSITIVE_INFINITY);
    for (const [i, gradient] of list.entries()) {
      apply(parameters[i]!, gradient, i, decayVectors || shapes[i]!.length > 1);
    }
    return { norm, parameters: parameters.map((values) => values.slice()) };
  });
}

const close = { rtol: 1e-5, atol: 2e-6 };

test('Adam with eps 0 keeps a parameter whose gradients were all 0, where PyTorch has 0 / 0', async () => {
  const module = place(await testDevice());
  const optimizer = new Adam(module, { learningRate: 0.05, eps: 0 });
  const zero = gradientsAt[0]!.map(({ shape, data }, p) => ({
    shape,
    data: data.map((v, i) => (p === 0 || i === 0 ? 0 : v)),
  }));
  const before = await values(module);
  giveGradients(module, zero);
  using norm = optimizer.step();
  expect(await norm.item()).toBeGreaterThan(0);
  const after = await values(module);
  expect(after[0]).toEqual(before[0]);
  for (const [p, list] of after.entries()) {
    expect(list[0]).toBe(before[p]![0]);
    expect(list.every(Number.isFinite)).toBe(true);
  }
  expect(after[1]).not.toEqual(before[1]);
  optimizer.dispose();
  module.dispose();
});

describe.each(cases)('$name', (each) => {
  test('follows the float64 rule for several steps', async () => {
    const module = place(await testDevice());
    const optimizer = each.make(module);
    for (const [i, expected] of run(each, gradientsAt).entries()) {
      giveGradients(module, gradientsAt[i]!);
      using norm = optimizer.step();
      expectClose([await norm.item()], [expected.norm], { label: 'norm' });
      for (const [p, got] of (await values(module)).entries()) {
        expectClose(got, expected.parameters[p]!, { ...close, label: `step ${i}, parameter ${p}` });
      }
    }
    expect(await optimizer.skippedSteps()).toBe(0);
    optimizer.dispose();
    module.dispose();
  });

  test('a parameter without a gradient is not part of a step, even after steps in which it had one', async () => {
    const module = place(await testDevice());
    const optimizer = each.make(module);
    const partial = gradientsAt.map((list, step) => (step % 2 === 1 ? list.slice(0, 2) : list));
    const expected = run(each, partial);
    for (const gradients of partial) {
      giveGradients(module, gradients);
      optimizer.step().dispose();
    }
    for (const [p, got] of (await values(module)).entries()) {
      expectClose(got, expected.at(-1)!.parameters[p]!, { ...close, label: `parameter ${p}` });
    }
    optimizer.dispose();
    module.dispose();
  });
});

const kinds: [string, (module: Module) => Optimizer][] = [
  ['SGD', (m) => new SGD(m, { learningRate: 0.1, momentum: 0.9 })],
  ['Adam', (m) => new Adam(m, { learningRate: 0.1, weightDecay: 0.1 })],
  ['AdamW', (m) => new AdamW(m, { learningRate: 0.1 })],
];

describe.each(kinds)('%s', (name, make) => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a gradient of %d skips the whole step', async (bad) => {
    const device = await testDevice();
    const [module, other] = [place(device), place(device)];
    const [optimizer, otherOptimizer] = [make(module), make(other)];
    const spoiled = { ...gradientsAt[1]![2]!, data: gradientsAt[1]![2]!.data.slice() };
    spoiled.data[3] = bad;
    const before = gradientsAt[1]!.map((g, i) => (i === 2 ? spoiled : g));
    for (const gradients of [gradientsAt[0]!, before, gradientsAt[2]!]) {
      giveGradients(module, gradients);
      using norm = optimizer.step();
      expect(Number.isFinite(await norm.item())).toBe(gradients !== before);
    }
    for (const i of [0, 2]) {
      giveGradients(other, gradientsAt[i]!);
      otherOptimizer.step().dispose();
    }
    const flat = (m: Module) => bitsOf(m.arenas.parameters.flat);
    expect(await flat(module)).toEqual(await flat(other));
    expect(await optimizer.skippedSteps()).toBe(1);
    expect(await otherOptimizer.skippedSteps()).toBe(0);
    for (const each of [optimizer, otherOptimizer, module, other]) each.dispose();
  });

  test('a recorded step follows a learning rate that changes between replays', async () => {
    const device = await testDevice();
    const [module, eager] = [place(device), place(device)];
    const [optimizer, eagerOptimizer] = [make(module), make(eager)];
    const weights = gradientsAt[0]!.map((g) => onDevice(device, g));
    const recording = await device.capture(() =>
      scope(() => {
        module.zeroGrad();
        backward(module.lossOf(weights));
        return optimizer.step();
      }),
    );
    const rates = [0.1, 0.1, 0.01, 0.3, 0];
    for (const [i, rate] of rates.entries()) {
      for (const [p, g] of gradientsAt[i]!.entries()) weights[p]!.write(g.data);
      optimizer.learningRate = rate;
      recording.run();
      eagerOptimizer.learningRate = rate;
      giveGradients(eager, gradientsAt[i]!);
      eagerOptimizer.step().dispose();
      const flat = await bitsOf(module.arenas.parameters.flat);
      expect(flat).toEqual(await bitsOf(eager.arenas.parameters.flat));
    }
    expect(optimizer.learningRate).toBe(0);
    recording.dispose();
    for (const each of [optimizer, eagerOptimizer, module, eager]) each.dispose();
  });

  test('the rule is one dispatch for the whole model', async () => {
    const device = await testDevice();
    const module = place(device);
    const optimizer = make(module);
    giveGradients(module, gradientsAt[0]!);
    const recording = await device.capture(() => optimizer.step());
    // two for the norm; Adam counts its steps in one more
    expect(recording.dispatches).toBe(name === 'SGD' ? 3 : 4);
    recording.dispose();
    optimizer.dispose();
    module.dispose();
  });

  test('its memory is counted separately and freed by dispose()', async () => {
    using device = await openDevice();
    const module = place(device);
    giveGradients(module, gradientsAt[0]!);
    const before = device.memory();
    const optimizer = make(module);
    const moments = name === 'SGD' ? 1 : 2;
    const blocks = (16 * before.byOwner.parameters!) / 256; // 16 bytes per 64 parameters
    expect(device.memory().byOwner.optimizer).toBe(16 + 16 + blocks + moments * before.byOwner.parameters!);
    for (let i = 0; i < 3; i++) optimizer.step().dispose();
    await device.sync();
    expect(device.memory().liveBytes).toBe(before.liveBytes + device.memory().byOwner.optimizer!);
    optimizer.dispose();
    expect(device.memory()).toMatchObject({ liveBytes: before.liveBytes, byOwner: before.byOwner });
  });

  test('throws before the first backward pass', async () => {
    const module = place(await testDevice());
    const optimizer = make(module);
    expect(() => optimizer.step()).toThrow(
      `${name}: no parameter has a gradient. Call backward(loss) before step().`,
    );
    giveGradients(module, gradientsAt[0]!);
    optimizer.step().dispose();
    module.zeroGrad();
    expect(() => optimizer.step()).toThrow('no parameter has a gradient');
    optimizer.dispose();
    module.dispose();
  });
});

test('the arena between the parameters stays zero', async () => {
  const module = place(await testDevice());
  const optimizer = new Adam(module, { learningRate: 0.1, weightDecay: 0.1 });
  giveGradients(module, gradientsAt[0]!);
  optimizer.step().dispose();
  const { flat, ranges } = module.arenas.parameters;
  const data = [...(await flat.data())];
  for (const { start, length } of ranges) data.fill(0, start, start + length);
  expect(new Set(data)).toEqual(new Set([0]));
  optimizer.dispose();
  module.dispose();
});

describe('options out of range', () => {
  test('are rejected by name', async () => {
    const module = place(await testDevice());
    expect(() => new SGD(module, { learningRate: -1 })).toThrow(
      'SGD: learningRate: got -1, expected a number >= 0',
    );
    expect(() => new Adam(module, { weightDecay: Number.NaN })).toThrow(
      'Adam: weightDecay: got NaN, expected a number >= 0',
    );
    expect(() => new AdamW(module, { clipNorm: Number.POSITIVE_INFINITY })).toThrow(
      'AdamW: clipNorm: got Infinity',
    );
    expect(() => new Adam(module, { betas: [0.9, 1] })).toThrow(
      'Adam: betas: got [0.9, 1], expected two numbers from 0 (inclusive) to 1 (exclusive)',
    );
    expect(() => new AdamW(module, { eps: -1 })).toThrow('AdamW: eps: got -1, expected a number >= 0');
    expect(() => new SGD(module, { momentum: -0.1 })).toThrow('SGD: momentum: got -0.1, expected');
    expect(() => new SGD(module, { nesterov: true, momentum: 0.9, dampening: 0.1 })).toThrow(
      'SGD: nesterov needs a dampening of 0 (got 0.1)',
    );
    expect(() => new SGD(module, { nesterov: true })).toThrow('SGD: nesterov needs a momentum above 0');
    const optimizer = new SGD(module);
    expect(() => {
      optimizer.learningRate = -0.1;
    }).toThrow('SGD: learningRate: got -0.1, expected a number >= 0');
    expect(optimizer.learningRate).toBe(1e-3);
    optimizer.dispose();
    module.dispose();
  });

  test('a module that is not on a device', () => {
    expect(() => new Adam(new Bag())).toThrow('Call to(device) on the outermost module');
  });
});
