import { expect, test } from 'vitest';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { Adam, AdamW } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import type { ParameterSource } from '../../src/optim/parameter-groups.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { randn, tensor } from '../../src/tensor/create.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { scope } from '../../src/tensor/scope.ts';
import { expectClose } from '../reference/expect-close.ts';
import { adamState, adamWStep } from '../reference/ops/optimizers.ts';
import { bitsOf } from '../support/bits.ts';
import { testDevice } from '../support/device.ts';

async function place() {
  const device = await testDevice();
  const [body, head] = [new Linear(5, 6), new Linear(6, 3)];
  const model = new Sequential(body, head).to(device, { seed: 3 });
  return { device, body, head, model };
}

function step(
  { device, model }: Awaited<ReturnType<typeof place>>,
  optimizer: Optimizer,
  seed: number,
): void {
  scope(() => {
    model.zeroGrad();
    const y = model.call(randn(device, [4, 5], { seed }));
    backward(mean(mul(y, y)));
    optimizer.step();
  });
}

test('groups use their own rates and decays, also after the rate changes, like the float64 rule', async () => {
  const it = await place();
  const optimizer = new AdamW(
    [{ params: it.body }, { params: it.head.parameters(), learningRate: 0.1, weightDecay: 0.5 }],
    { learningRate: 0.01, weightDecay: 0.1, decayVectors: false },
  );
  const parameters = [it.body.weight, it.body.bias!, it.head.weight, it.head.bias!];
  const values = await Promise.all(
    parameters.map(async ({ value }) => Float64Array.from(await value.data())),
  );
  const states = values.map(({ length }) => adamState(length));
  for (const [i, rate] of [0.01, 0.02, 0.005].entries()) {
    optimizer.learningRate = rate;
    step(it, optimizer, i);
    for (const [p, { value, shape }] of parameters.entries()) {
      const isHead = p >= 2;
      const decay = isHead ? 0.5 : 0.1;
      const gradients = await value.grad!.data();
      adamWStep(values[p]!, gradients, states[p]!, {
        learningRate: isHead ? 10 * rate : rate,
        weightDecay: shape.length > 1 ? decay : 0,
      });
      expectClose([...(await value.data())], values[p]!, {
        rtol: 1e-4,
        atol: 1e-5,
        label: `${p} of step ${i}`,
      });
    }
  }
  optimizer.dispose();
  it.model.dispose();
});

test('parameters(), one group and the module are equivalent; a part does not change the rest', async () => {
  const rules: ((source: ParameterSource) => Optimizer)[] = [
    (source) => new SGD(source, { learningRate: 0.1, momentum: 0.9 }),
    (source) => new Adam(source, { weightDecay: 0.1 }),
  ];
  for (const make of rules) {
    const bits: unknown[] = [];
    for (const source of ['module', 'list', 'group', 'generator'] as const) {
      const it = await place();
      const { model } = it;
      const forms = {
        module: () => model,
        list: () => model.parameters(),
        group: () => [{ params: model.parameters() }],
        generator: () => model.parameters().values(),
      };
      const optimizer = make(forms[source]());
      for (let i = 0; i < 3; i++) step(it, optimizer, i);
      bits.push(await bitsOf(model.arenas.parameters.flat));
      expect(optimizer.settings().groups).toBeUndefined();
      optimizer.dispose();
      model.dispose();
    }
    for (const other of bits) expect(other).toEqual(bits[0]);
    const it = await place();
    const before = await bitsOf(it.body.weight.value);
    const head = await bitsOf(it.head.weight.value);
    const optimizer = make(it.head); // a part of the module that was placed
    for (let i = 0; i < 3; i++) step(it, optimizer, i);
    expect(await bitsOf(it.body.weight.value)).toEqual(before);
    expect(await bitsOf(it.head.weight.value)).not.toEqual(head);
    expect(optimizer.settings().groups).toEqual([
      { parameters: ['1.weight', '1.bias'], rateFactor: 1, weightDecay: expect.any(Number) },
    ]);
    optimizer.dispose();
    it.model.dispose();
  }
});

test('the state of groups is restored bit for bit', async () => {
  const make = (it: Awaited<ReturnType<typeof place>>) =>
    new Adam([{ params: it.body, learningRate: 3e-4 }, { params: it.head }], { learningRate: 0.7 / 3 });
  const [whole, other] = [await place(), await place()];
  const [rule, begun] = [make(whole), make(other)];
  for (let i = 0; i < 4; i++) step(whole, rule, i);
  for (let i = 0; i < 2; i++) step(other, begun, i);
  const resumed = make(other);
  resumed.loadStateDict(await begun.stateDict());
  expect(resumed.learningRate).toBe(0.7 / 3);
  for (let i = 2; i < 4; i++) step(other, resumed, i);
  expect(await bitsOf(other.model.arenas.parameters.flat)).toEqual(
    await bitsOf(whole.model.arenas.parameters.flat),
  );
  for (const each of [rule, begun, resumed, whole.model, other.model]) each.dispose();
});

test('invalid sources of parameters are rejected by name', async () => {
  const it = await place();
  const other = new Linear(2, 2).to(it.device);
  const leaf = tensor(it.device, [1], { requiresGrad: true });
  const refused = (source: unknown, message: string | RegExp, options = {}) =>
    expect(() => new Adam(source as ParameterSource, options)).toThrow(message);
  refused(undefined, 'Adam: got undefined, expected a module, model.parameters(), or a list of');
  refused(it.model.parameters()[0], /Adam: got .*, expected a module/);
  refused([], 'Adam: got no parameters, expected at least one');
  refused([{ params: [] }], 'Adam: got no parameters');
  refused([leaf], 'Adam: got a tensor of shape [1] in the list, expected a module, model.parameters()');
  refused(it.model.namedParameters(), /Adam: got \['0.weight', .*\] in the list/);
  refused([{ params: it.model.namedParameters() }], 'Pass parameters(), not namedParameters()');
  refused([{ parameters: it.body }], 'Adam: parameter group: unknown option "parameters"');
  refused([{ params: it.body, lr: 1 }], 'Did you mean "learningRate"?');
  refused([{ params: it.body, learningRate: -1 }], 'Adam: parameter group: learningRate: got -1');
  refused([{ learningRate: 1 }], 'Adam: a parameter group has no params');
  refused([{ params: it.body }, { params: it.model }], 'Adam: got 0.weight twice');
  refused([it.body.weight, { params: it.head }], 'Adam: got parameters and groups in one list');
  refused([{ params: it.body }, { params: other }], 'Adam: got parameters of 2 modules with separate calls');
  refused([{ params: it.body, learningRate: 1 }], 'Adam: learningRate of a group: got 1', {
    learningRate: 0,
  });
  refused(it.model, 'Adam: unknown option "lr"', { lr: 0.1 });
  refused(
    new Linear(2, 2),
    'Adam: a parameter of shape [2, 2] is not on a device. Call to(device) on the outermost module',
  );
  for (const each of [leaf, other, it.model]) each.dispose();
});
