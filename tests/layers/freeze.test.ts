import { describe, expect, test } from 'vitest';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { ConvNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { Conv2d } from '../../src/layers/conv2d.ts';
import { Dropout } from '../../src/layers/dropout.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import { inEvaluation, startTraining } from '../../src/layers/in-evaluation.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { SqueezeExcitation } from '../../src/layers/squeeze-excitation.ts';
import { Adam } from '../../src/optim/adam.ts';
import { backward } from '../../src/tensor/backward.ts';
import { randn } from '../../src/tensor/create.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { reshape } from '../../src/tensor/ops/reshape.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { bitsOf } from '../support/bits.ts';
import { testDevice } from '../support/device.ts';

function parts() {
  const norm = new BatchNorm2d(4);
  const dropout = new Dropout(0.5);
  const body = new Sequential(new Conv2d(3, 4, 3, { padding: 1 }), norm, dropout, new Conv2d(4, 4, 1));
  const head = new Linear(4 * 36, 2);
  return { norm, dropout, body, head, model: new Sequential(body, new Flatten(), head) };
}

const modes = ({ norm, dropout, body, head, model }: ReturnType<typeof parts>) =>
  [model, body, norm, dropout, head].map(({ training }) => training);

describe('training and evaluation', () => {
  test('freeze() puts all submodules into evaluation mode; train() keeps that, unfreeze() returns to the last request', () => {
    const it = parts();
    it.body.freeze();
    expect(modes(it)).toEqual([true, false, false, false, true]);
    it.model.train();
    expect(modes(it)).toEqual([true, false, false, false, true]);
    expect([it.body.isFrozen, it.norm.isFrozen, it.model.isFrozen]).toEqual([true, true, false]);
    it.body.unfreeze();
    expect(modes(it)).toEqual([true, true, true, true, true]);
    it.body.freeze();
    it.model.eval();
    it.body.unfreeze();
    expect(modes(it)).toEqual([false, false, false, false, false]);
  });

  test('freeze all, unfreeze the head', () => {
    const it = parts();
    it.model.freeze();
    it.head.unfreeze();
    it.model.train();
    expect(modes(it)).toEqual([false, false, false, false, true]);
    expect(it.model.parameters().filter(({ requiresGrad }) => requiresGrad)).toEqual([
      it.head.weight,
      it.head.bias,
    ]);
  });

  test('training loops of the library repeatedly keep modules in evaluation on which eval() was called', () => {
    const it = parts();
    it.norm.eval();
    it.dropout.training = false;
    for (let run = 0; run < 2; run++) {
      startTraining(it.model);
      expect(modes(it)).toEqual([true, true, false, false, true]);
      it.model.eval();
      expect(modes(it)).toEqual([false, false, false, false, false]);
    }
    it.model.train(); // called by the user, it changes them
    startTraining(it.model);
    expect(modes(it)).toEqual([true, true, true, true, true]);
    it.body.eval();
    startTraining(it.model);
    expect(modes(it)).toEqual([true, false, false, false, true]);
    it.body.train();
    startTraining(it.model);
    expect(modes(it)).toEqual([true, true, true, true, true]);
  });

  test('inEvaluation restores every mode, also of frozen modules and of those on which eval() was called', () => {
    const it = parts();
    it.norm.eval();
    it.head.freeze();
    inEvaluation(it.model, () => expect(modes(it)).toEqual([false, false, false, false, false]));
    expect(modes(it)).toEqual([true, true, false, true, false]);
    it.head.unfreeze();
    startTraining(it.model);
    expect(modes(it)).toEqual([true, true, false, true, true]);
  });
});

describe('parameters', () => {
  test('requiresGrad before to() holds afterwards; freeze() before to() too', async () => {
    const it = parts();
    it.norm.weight!.requiresGrad = false;
    it.head.freeze();
    it.model.to(await testDevice());
    const trained = it.model.parameters().filter(({ value }) => value.requiresGrad);
    expect(trained.length).toBe(5); // of 8: without the norm's weight and the head's two
    expect(it.norm.weight!.requiresGrad).toBe(false);
    it.norm.weight!.value.requiresGrad = true;
    expect(it.norm.weight!.requiresGrad).toBe(true);
    expect(() => {
      (it.norm.weight as { requiresGrad: unknown }).requiresGrad = 'no';
    }).toThrow(/requiresGrad: got no, expected true or false/);
    it.model.dispose();
  });

  test('freezing drops gradients, also one that is still being computed', async () => {
    const it = parts();
    const device = await testDevice();
    it.model.to(device);
    const loss = () => scope(() => mean(it.model.call(randn(device, [2, 6, 6, 3], { seed: 1 }))));
    backward(loss());
    expect(it.body.parameters().every(({ value }) => value.grad)).toBe(true);
    it.body.freeze();
    expect(it.body.parameters().some(({ value }) => value.grad)).toBe(false);
    it.body.unfreeze();
    const taped = loss();
    it.body.freeze();
    backward(taped);
    expect(it.body.parameters().some(({ value }) => value.grad)).toBe(false);
    expect(it.head.weight.value.grad).not.toBeNull();
    it.model.dispose();
  });

  test('a frozen body is not taped: a step costs its inference and a step of the head only', async () => {
    const device = await testDevice();
    const convolution = new ConvNormActivation(3, 4, 3, { activation: 'relu' });
    const body = new Sequential(convolution, new SqueezeExcitation(4, 8));
    const head = new Linear(4 * 36, 2);
    const model = new Sequential(body, new Flatten(), head).to(device);
    const optimizer = new Adam(model);
    const x = randn(device, [2, 6, 6, 3], { seed: 1 });
    const features = randn(device, [2, 6, 6, 4], { seed: 1 });
    const dispatches = async (fn: () => unknown) => {
      using recorded = await device.capture(() => scope(() => void fn()));
      return recorded.dispatches;
    };
    const step = (forward: () => Tensor) => () => {
      model.zeroGrad();
      const y = forward();
      backward(mean(mul(y, y)));
      optimizer.step();
    };
    const all = await dispatches(step(() => model.call(x)));
    body.freeze();
    const bodyAlone = await dispatches(() => inEvaluation(model, () => noGrad(() => body.call(x))));
    const headAlone = await dispatches(step(() => head.call(reshape(features, [2, 144]))));
    expect(await dispatches(step(() => model.call(x)))).toBe(bodyAlone + headAlone);
    expect(bodyAlone + headAlone).toBeLessThan(0.7 * all);
    expect(body.call(x).node).toBeNull();
    optimizer.dispose();
    model.dispose();
  });

  test('eager steps leave a frozen body and its statistics bit-equal while the head learns', async () => {
    const device = await testDevice();
    const it = parts();
    it.model.to(device);
    const optimizer = new Adam(it.model, { weightDecay: 0.1 });
    it.body.freeze();
    const state = () =>
      Promise.all([it.norm.running_mean, it.norm.running_var, it.norm.weight].map((s) => bitsOf(s!.value)));
    const before = await state();
    const head = await bitsOf(it.head.weight.value);
    for (let step = 0; step < 3; step++) {
      it.model.train();
      it.model.zeroGrad();
      scope(() => {
        const y = it.model.call(randn(device, [2, 6, 6, 3], { seed: step }));
        backward(mean(mul(y, y)));
        optimizer.step();
      });
    }
    expect(await state()).toEqual(before);
    expect(await bitsOf(it.head.weight.value)).not.toEqual(head);
    optimizer.dispose();
    it.model.dispose();
  });
});
