import { describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { ONES } from '../../src/layers/initialize.ts';
import { Module } from '../../src/layers/module.ts';
import { Parameter } from '../../src/layers/parameter.ts';
import { Adam, AdamW } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import type { ParameterSource } from '../../src/optim/parameter-groups.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { scope } from '../../src/tensor/scope.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type NdArray, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { adamState, adamStep, adamWStep, clipGradientNorm, sgdStep } from '../reference/ops/optimizers.ts';
import { bitsOf } from '../support/bits.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

/** Parameters whose gradients are the arrays by which the loss multiplies them. */
class Bag extends Module {
  readonly a = new Parameter([3, 5], ONES);
  readonly b = new Parameter([3, 3, 2, 7], ONES);
  readonly c = new Parameter([4, 4], ONES);
  readonly d = new Parameter([7], ONES);
  readonly e = new Parameter([65], ONES);

  forward(x: Tensor): Tensor {
    return x;
  }

  outputShape(input: Shape): Shape {
    return input;
  }
}

type Name = 'a' | 'b' | 'c' | 'd' | 'e';
const NAMES: Name[] = ['a', 'b', 'c', 'd', 'e'];
const shapes = new Bag().parameters().map(({ shape }) => shape);
const start = shapes.map((shape, i) => random(shape, i));
const gradientOf = (step: number, i: number) => random(shapes[i]!, 100 + 10 * step + i);

function place(device: Device): Bag {
  const bag = new Bag().to(device);
  NAMES.forEach((name, i) => {
    bag[name].value.write(start[i]!.data);
  });
  return bag;
}

/** A loss that reaches only the named parameters. */
function lossOf(bag: Bag, weights: readonly Tensor[], reached: readonly Name[] = NAMES): Tensor {
  return NAMES.map((name, i) => ({ name, product: () => sum(mul(bag[name].value, weights[i] as Tensor)) }))
    .filter(({ name }) => reached.includes(name))
    .map(({ product }) => product())
    .reduce((total, part) => add(total, part));
}

interface Kind {
  name: string;
  make: (source: ParameterSource) => Optimizer;
  /** one step of one parameter with separate state, by PyTorch's rule */
  rule: () => (parameters: Float64Array, gradients: Float64Array) => void;
  clipNorm?: number;
}

const adam = (step: typeof adamStep, options: Parameters<typeof adamStep>[3]) => () => {
  let state: ReturnType<typeof adamState> | null = null;
  return (parameters: Float64Array, gradients: Float64Array) => {
    state ??= adamState(parameters.length);
    step(parameters, gradients, state, options);
  };
};
const sgd = (options: Parameters<typeof sgdStep>[3]) => () => {
  const velocity: number[] = [];
  return (parameters: Float64Array, gradients: Float64Array) => {
    sgdStep(parameters, gradients, velocity, options);
  };
};

const kinds: Kind[] = [
  {
    name: 'SGD with momentum and decay',
    make: (m) => new SGD(m, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }),
    rule: sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }),
  },
  {
    name: 'SGD with Nesterov, clipped',
    make: (m) =>
      new SGD(m, { learningRate: 0.1, momentum: 0.8, nesterov: true, weightDecay: 0.1, clipNorm: 1.5 }),
    rule: sgd({ learningRate: 0.1, momentum: 0.8, nesterov: true, weightDecay: 0.1 }),
    clipNorm: 1.5,
  },
  {
    name: 'Adam with L2',
    make: (m) => new Adam(m, { learningRate: 0.1, weightDecay: 0.1 }),
    rule: adam(adamStep, { learningRate: 0.1, weightDecay: 0.1 }),
  },
  {
    name: 'AdamW, clipped',
    make: (m) => new AdamW(m, { learningRate: 0.1, weightDecay: 0.1, clipNorm: 1 }),
    rule: adam(adamWStep, { learningRate: 0.1, weightDecay: 0.1 }),
    clipNorm: 1,
  },
];

/** Which parameters each step freezes, and which of the others its loss does not reach. */
interface Plan {
  name: string;
  frozen: (step: number) => Name[];
  unreached?: (step: number) => Name[];
}

const plans: Plan[] = [
  { name: 'from the first step on', frozen: () => ['b', 'd'] },
  { name: 'from the third step on', frozen: (step) => (step >= 3 ? ['a', 'c', 'e'] : []) },
  { name: 'until the fourth step', frozen: (step) => (step < 4 ? ['b', 'c', 'd', 'e'] : []) },
  { name: 'in turns', frozen: (step) => (step % 2 ? ['a', 'd'] : ['b', 'e']) },
  { name: 'not reached in turns', frozen: () => [], unreached: (step) => (step % 3 ? ['c', 'e'] : ['a']) },
];

const STEPS = 8;

/** Values after each step in float64; parameters that are not part of a step keep value and state. */
function expected({ rule, clipNorm }: Kind, { frozen, unreached }: Plan): Float64Array[][] {
  const values = start.map(({ data }) => Float64Array.from(data));
  const rules = NAMES.map(() => rule());
  return Array.from({ length: STEPS }, (_, step) => {
    const rests = [...frozen(step), ...(unreached?.(step) ?? [])];
    const active = NAMES.map((name, i) => ({ name, i })).filter(({ name }) => !rests.includes(name));
    const gradients = active.map(({ i }) => Float64Array.from(gradientOf(step, i).data));
    clipGradientNorm(gradients, clipNorm ?? Number.POSITIVE_INFINITY);
    active.forEach(({ i }, place) => {
      rules[i]!(values[i]!, gradients[place]!);
    });
    return values.map((one) => one.slice());
  });
}

const freeze = (bag: Bag, names: readonly Name[]) => {
  for (const name of NAMES) bag[name].requiresGrad = !names.includes(name);
};

const arraysOf = (step: number): NdArray[] => NAMES.map((_, i) => gradientOf(step, i));

describe.each(kinds)('$name', (kind) => {
  test.each(plans)('frozen $name: as in PyTorch, and bit-equal meanwhile', async (plan) => {
    const device = await testDevice();
    const bag = place(device);
    const optimizer = kind.make(bag);
    const right = expected(kind, plan);
    for (let step = 0; step < STEPS; step++) {
      const frozen = plan.frozen(step);
      const unreached = plan.unreached?.(step) ?? [];
      freeze(bag, frozen);
      bag.zeroGrad();
      const before = await Promise.all(NAMES.map((name) => bitsOf(bag[name].value)));
      scope(() => {
        const reached = NAMES.filter((name) => !unreached.includes(name));
        backward(
          lossOf(
            bag,
            arraysOf(step).map((g) => onDevice(device, g)),
            reached,
          ),
        );
        optimizer.step();
      });
      for (const [i, name] of NAMES.entries()) {
        if (frozen.includes(name) || unreached.includes(name)) {
          expect(await bitsOf(bag[name].value), `${name} in step ${step}`).toEqual(before[i]);
        }
        const label = `${name} after step ${step}`;
        expectClose([...(await bag[name].value.data())], right[step]![i]!, { rtol: 2e-5, atol: 5e-6, label });
      }
    }
    optimizer.dispose();
    bag.dispose();
  });

  test('a stale gradient of a frozen parameter neither changes it nor counts in the norm', async () => {
    const device = await testDevice();
    const bag = place(device);
    const optimizer = kind.make(bag);
    scope(() =>
      backward(
        lossOf(
          bag,
          arraysOf(0).map((g) => onDevice(device, g)),
        ),
      ),
    );
    // set on the tensor, which keeps its gradient, as in PyTorch
    for (const name of ['a', 'c'] as const) bag[name].value.requiresGrad = false;
    const before = await bitsOf(bag.a.value);
    using norm = optimizer.step();
    const squares = (['b', 'd', 'e'] as const).flatMap((name) => [
      ...gradientOf(0, NAMES.indexOf(name)).data,
    ]);
    expectClose([await norm.item()], [Math.hypot(...squares)]);
    expect(await bitsOf(bag.a.value)).toEqual(before);
    optimizer.dispose();
    bag.dispose();
  });

  test('a NaN in the stale memory of a parameter without a gradient does not stop the step', async () => {
    const device = await testDevice();
    const bag = place(device);
    const optimizer = kind.make(bag);
    bag.b.value.gradBuffer!.write(new Array(126).fill(Number.NaN));
    const before = await bitsOf(bag.a.value);
    scope(() => {
      backward(
        lossOf(
          bag,
          arraysOf(0).map((g) => onDevice(device, g)),
          ['a', 'c', 'd', 'e'],
        ),
      );
      optimizer.step();
    });
    expect(await optimizer.skippedSteps()).toBe(0);
    expect(await bitsOf(bag.a.value)).not.toEqual(before);
    optimizer.dispose();
    bag.dispose();
  });

  test('a recorded step updates the same parameters as an eager one, and throws once they differ', async () => {
    const device = await testDevice();
    const [bag, eager] = [place(device), place(device)];
    const [optimizer, eagerOptimizer] = [kind.make(bag), kind.make(eager)];
    for (const each of [bag, eager]) freeze(each, ['b', 'd']);
    const weights = arraysOf(0).map((g) => onDevice(device, g));
    const pass = (of: Bag, rule: Optimizer) =>
      scope(() => {
        of.zeroGrad();
        backward(lossOf(of, weights));
        rule.step();
      });
    const recorded = await device.capture(() => pass(bag, optimizer));
    for (let step = 0; step < 3; step++) {
      for (const [i, weight] of weights.entries()) weight.write(gradientOf(step, i).data);
      recorded.run();
      pass(eager, eagerOptimizer);
    }
    expect(await bitsOf(bag.arenas.parameters.flat)).toEqual(await bitsOf(eager.arenas.parameters.flat));
    bag.a.requiresGrad = false;
    expect(() => recorded.run()).toThrow(
      `${optimizer.type}: the recorded step moves a, which is frozen now. Call capture() again after freezing or unfreezing.`,
    );
    bag.a.requiresGrad = true;
    recorded.run();
    bag.d.requiresGrad = true;
    expect(() => recorded.run()).toThrow(/does not move d, which is trained now/);
    recorded.dispose();
    for (const each of [optimizer, eagerOptimizer, bag, eager]) each.dispose();
  });

  test('state is restored bit for bit when parameters have separate counts', async () => {
    const device = await testDevice();
    const whole = place(device);
    const rule = kind.make(whole);
    const plan = plans[3]!;
    const run = (bag: Bag, optimizer: Optimizer, from: number, to: number) => {
      for (let step = from; step < to; step++) {
        freeze(bag, plan.frozen(step));
        bag.zeroGrad();
        scope(() => {
          backward(
            lossOf(
              bag,
              arraysOf(step).map((g) => onDevice(device, g)),
            ),
          );
          optimizer.step();
        });
      }
    };
    run(whole, rule, 0, 7);
    const first = place(device);
    const begun = kind.make(first);
    run(first, begun, 0, 3);
    const state = await begun.stateDict();
    const second = place(device);
    second.loadStateDict(await first.stateDict());
    const resumed = kind.make(second);
    resumed.loadStateDict(state);
    expect(await resumed.stateDict()).toEqual(state);
    run(second, resumed, 3, 7);
    expect(await bitsOf(second.arenas.parameters.flat)).toEqual(await bitsOf(whole.arenas.parameters.flat));
    if (begun instanceof SGD) expect(state.has('steps')).toBe(false);
    else expect([...state.get('steps')!.data]).toEqual([2, 1, 3, 2, 1]); // a b c, then the vectors d e
    for (const each of [rule, begun, resumed, whole, first, second]) each.dispose();
  });
});

test('a weight that is frozen at 1 stays 1, and one that is frozen after five steps keeps its value', async () => {
  const device = await testDevice();
  for (const kind of kinds) {
    const bag = place(device);
    bag.a.value.write(new Array(15).fill(1));
    const optimizer = kind.make(bag);
    bag.a.requiresGrad = false;
    for (let step = 0; step < 10; step++) {
      if (step === 5) bag.b.requiresGrad = false;
      const before = await bitsOf(bag.b.value);
      bag.zeroGrad();
      scope(() => {
        backward(
          lossOf(
            bag,
            arraysOf(step).map((g) => onDevice(device, g)),
          ),
        );
        optimizer.step();
      });
      if (step >= 5) expect(await bitsOf(bag.b.value)).toEqual(before);
    }
    expect([...(await bag.a.value.data())]).toEqual(new Array(15).fill(1));
    optimizer.dispose();
    bag.dispose();
  }
});

test('a separate recorded step throws when another set of parameters has gradients', async () => {
  const device = await testDevice();
  const bag = place(device);
  const optimizer = new Adam(bag);
  const weights = arraysOf(0).map((g) => onDevice(device, g));
  scope(() => backward(lossOf(bag, weights, ['a', 'b'])));
  const step = await device.capture(() => optimizer.step());
  step.run();
  bag.zeroGrad();
  scope(() => backward(lossOf(bag, weights, ['a'])));
  expect(() => step.run()).toThrow(/Adam: the recorded step moves b, which has no gradient now/);
  scope(() => backward(lossOf(bag, weights, ['b', 'e'])));
  expect(() => step.run()).toThrow(/Adam: the recorded step does not move e, which has a gradient now/);
  step.dispose();
  optimizer.dispose();
  bag.dispose();
});

test('gradients from another recording count after zeroGrad(), since its replay computes them', async () => {
  const device = await testDevice();
  const bag = place(device);
  const optimizer = new SGD(bag, { learningRate: 0.1 });
  const weights = arraysOf(0).map((g) => onDevice(device, g));
  const gradients = await device.capture(() =>
    scope(() => {
      bag.zeroGrad();
      backward(lossOf(bag, weights));
    }),
  );
  const step = await device.capture(() => optimizer.step());
  for (let i = 0; i < 2; i++) {
    bag.zeroGrad();
    gradients.run();
    expect(bag.a.value.grad).not.toBeNull();
    step.run();
  }
  const right = start[0]!.data.map((v, i) => v - 0.2 * gradientOf(0, 0).data[i]!);
  expectClose([...(await bag.a.value.data())], right, { rtol: 1e-5, atol: 1e-6 });
  for (const each of [gradients, step, optimizer, bag]) each.dispose();
});

test('a step with all parameters frozen is an error', async () => {
  const device = await testDevice();
  const bag = place(device).freeze();
  const optimizer = new AdamW(bag);
  expect(() => optimizer.step()).toThrow(
    'AdamW: all parameters are frozen. Call unfreeze() on the modules to train.',
  );
  optimizer.dispose();
  bag.dispose();
});

test('a manually assigned gradient is used; one of another shape is rejected', async () => {
  const device = await testDevice();
  const bag = place(device);
  const optimizer = new SGD(bag, { learningRate: 1 });
  bag.d.value.grad = tensor(device, new Float32Array(7).fill(0.5));
  optimizer.step().dispose();
  expectClose(
    [...(await bag.d.value.data())],
    start[3]!.data.map((v) => v - 0.5),
    { atol: 1e-6 },
  );
  bag.d.value.grad = tensor(device, new Float32Array(8));
  expect(() => optimizer.step()).toThrow(
    'step: a gradient is f32 [8], expected f32 [7], the shape of its parameter',
  );
  optimizer.dispose();
  bag.dispose();
});

test('frozen parameters in the middle add one span; without them there is one span', async () => {
  const device = await testDevice();
  const bag = place(device);
  const optimizer = new AdamW(bag);
  const weights = arraysOf(0).map((g) => onDevice(device, g));
  const dispatches = async () => {
    bag.zeroGrad();
    scope(() => backward(lossOf(bag, weights)));
    using step = await device.capture(() => optimizer.step());
    return step.dispatches;
  };
  expect(await dispatches()).toBe(4); // two for the norm, one for the counts, one for the rule
  freeze(bag, ['c']);
  expect(await dispatches()).toBe(7);
  freeze(bag, ['a', 'b', 'c']);
  expect(await dispatches()).toBe(4);
  optimizer.dispose();
  bag.dispose();
});
