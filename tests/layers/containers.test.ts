// Modules that hold modules, and modules that are stored where they cannot be found.
import { expect, test } from 'vitest';
import { Linear } from '../../src/layers/linear.ts';
import { Module } from '../../src/layers/module.ts';
import { ModuleDict, ModuleList } from '../../src/layers/module-list.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { random } from '../reference/array.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

class Held extends Module {
  readonly held: unknown;
  readonly use: (x: Tensor) => Tensor;

  constructor(held: unknown, use: (x: Tensor) => Tensor = (x) => x) {
    super();
    this.held = held;
    this.use = use;
  }

  forward(x: Tensor): Tensor {
    return this.use(x);
  }

  outputShape(input: Shape): Shape {
    return input;
  }
}

test('ModuleList: append, indexing, iteration, keys', async () => {
  const list = new ModuleList([new Linear(3, 4)]).append(new Linear(4, 2));
  expect([list.length, list.at(-1)]).toEqual([2, list.modules[1]]);
  const model = new Held(list, (x) => [...list].reduce((value, layer) => layer.call(value), x));
  model.to(await testDevice());
  const names = [...model.namedParameters()].map(([name]) => name);
  expect(names).toEqual(['held.0.weight', 'held.0.bias', 'held.1.weight', 'held.1.bias']);
  expect(model.call(onDevice(model.device, random([5, 3], 1))).shape).toEqual([5, 2]);
  model.dispose();
  expect(() => list.append('relu' as never)).toThrow("ModuleList: append: got 'relu', expected a Module");
});

test('ModuleDict: names, lookup, iteration', () => {
  const dict = new ModuleDict({ a: new Linear(1, 2), b: new Linear(2, 3) });
  expect([dict.size, dict.keys(), dict.has('a'), dict.has('toString')]).toEqual([2, ['a', 'b'], true, false]);
  expect([...dict].map(([name, module]) => [name, module === dict.get(name)])).toEqual([
    ['a', true],
    ['b', true],
  ]);
  expect(dict.values()).toEqual([dict.get('a'), dict.get('b')]);
  expect([...new Held(dict).namedParameters()].map(([name]) => name)).toEqual([
    'held.a.weight',
    'held.a.bias',
    'held.b.weight',
    'held.b.bias',
  ]);
});

test('Sequential: length, indexing, iteration', () => {
  const layers = [new Linear(1, 2), new Linear(2, 3)];
  const model = new Sequential(...layers);
  expect([model.length, model.at(0), model.at(-1), [...model]]).toEqual([2, layers[0], layers[1], layers]);
});

test.each([
  ['an array', (layer: Linear) => [layer], 'ModuleList'],
  ['an array', (layer: Linear) => [[1, layer]], 'ModuleList'],
  ['a Set', (layer: Linear) => new Set([layer]), 'ModuleList'],
  ['a Map', (layer: Linear) => new Map([['a', layer]]), 'ModuleDict'],
  ['an object', (layer: Linear) => ({ a: layer }), 'ModuleDict'],
])('layers in %s are refused by name', async (kind, hold, advice) => {
  const device = await testDevice();
  expect(() => new Sequential(new Held(hold(new Linear(2, 2)))).to(device)).toThrow(
    `to: "held" of 0 is ${kind} that holds modules, which would not be found there. Wrap them in new ${advice}(`,
  );
});

test('a layer in a #private field, or in another object, is rejected when it is used', async () => {
  const device = await testDevice();
  class Private extends Held {
    readonly #layer = new Linear(2, 2);

    override forward(x: Tensor): Tensor {
      return this.#layer.call(x);
    }
  }
  class Holder {
    readonly layer = new Linear(2, 2);
  }
  const holder = new Holder();
  const x = onDevice(device, random([1, 2], 1));
  for (const model of [new Private(null), new Held(holder, (input) => holder.layer.call(input))]) {
    expect(() => model.to(device).call(x)).toThrow(/#private field or in an object that is not a Module/);
  }
});
