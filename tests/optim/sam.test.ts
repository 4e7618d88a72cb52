// Sharpness-aware minimization around other optimizers.
import { expect, test } from 'vitest';
import { Flatten } from '../../src/layers/flatten.ts';
import { ZEROS } from '../../src/layers/initialize.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Module } from '../../src/layers/module.ts';
import { Parameter } from '../../src/layers/parameter.ts';
import { AvgPool2d } from '../../src/layers/pooling.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import { Adam } from '../../src/optim/adam.ts';
import { SAM } from '../../src/optim/sam.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { scope } from '../../src/tensor/scope.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { fit } from '../../src/train/fit.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { samPoints, sgdStep } from '../reference/ops/optimizers.ts';
import { bitsOf } from '../support/bits.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';
import { drain, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** Two parameters with the loss sum a p^4, whose gradient 4 a p^3 is different uphill. */
class Bowl extends Module {
  readonly a = new Parameter([3, 5], ZEROS);
  readonly b = new Parameter([7], ZEROS);

  forward(x: Tensor): Tensor {
    return x;
  }

  outputShape(input: Shape): Shape {
    return input;
  }
}

const start = [random([3, 5], 1), random([7], 2)];
const curves = [random([3, 5], 3, 0.5, 2), random([7], 4, 0.5, 2)];

async function place() {
  const device = await testDevice();
  const bowl = new Bowl().to(device);
  const parameters = [bowl.a, bowl.b];
  parameters.forEach(({ value }, i) => {
    value.write(start[i]!.data);
  });
  const weights = curves.map((curve) => onDevice(device, curve));
  const gradients = () =>
    backward(
      parameters
        .map(({ value }, i) => {
          const square = mul(value, value);
          return sum(mul(mul(square, square), weights[i]!));
        })
        .reduce(add),
    );
  const step = (sam: SAM) =>
    scope(() => {
      bowl.zeroGrad();
      gradients();
      sam.step(gradients);
    });
  return { device, bowl, parameters, gradients, step };
}

test.each([false, true])(
  '12 steps around SGD, maximize %o, match the float64 reference',
  async (maximize) => {
    const { bowl, parameters, step } = await place();
    const options = { learningRate: maximize ? 0.005 : 0.02, momentum: 0.9, weightDecay: 0.1, maximize };
    const sam = new SAM(new SGD(bowl, options), { rho: 0.3 });
    const expected = start.map(({ data }) => data.slice());
    const velocity = expected.map((): number[] => []);
    const slopes = (points: Float64Array[]) =>
      points.map((list, i) => list.map((p, k) => 4 * curves[i]!.data[k]! * p ** 3));
    for (let i = 0; i < 12; i++) {
      step(sam);
      const uphill = slopes(samPoints(expected, slopes(expected), maximize ? -0.3 : 0.3));
      expected.forEach((list, k) => {
        sgdStep(list, uphill[k]!, velocity[k]!, options);
      });
      for (const [k, { value }] of parameters.entries()) {
        expectClose(await value.data(), expected[k]!, { rtol: 1e-4, atol: 1e-5, label: `step ${i}` });
      }
    }
    sam.dispose();
  },
);

test('a recorded step equals the eager one bit for bit; a frozen parameter does not change', async () => {
  const run = async (isRecorded: boolean, frozen: boolean) => {
    const { device, bowl, parameters, step } = await place();
    if (frozen) bowl.b.requiresGrad = false;
    const sam = new SAM(new Adam(bowl, { learningRate: 0.05 }));
    if (isRecorded) {
      const capture = await device.capture(() => {
        step(sam);
        return {};
      });
      for (let i = 0; i < 4; i++) capture.run();
      capture.dispose();
    } else for (let i = 0; i < 4; i++) step(sam);
    const bits = await Promise.all(parameters.map(({ value }) => bitsOf(value)));
    sam.dispose();
    return bits;
  };
  expect(await run(true, false)).toEqual(await run(false, false));
  const { parameters } = await place();
  const [moved, kept] = await run(false, true);
  expect(kept).toEqual(await bitsOf(parameters[1]!.value));
  expect(moved).not.toEqual(await bitsOf(parameters[0]!.value));
});

test('a closure that throws leaves the parameters where they were', async () => {
  const { bowl, parameters, gradients } = await place();
  const sam = new SAM(new SGD(bowl));
  const before = await bitsOf(parameters[0]!.value);
  gradients();
  expect(() =>
    sam.step(() => {
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(await bitsOf(parameters[0]!.value)).toEqual(before);
  expect(() => sam.secondStep()).toThrow('SAM: secondStep was called before firstStep()');
  expect(() => sam.step(undefined as never)).toThrow('SAM: closure: got undefined, expected a function');
  expect(() => new SAM(sam as never)).toThrow('SAM: optimizer: got');
  expect(() => new SAM(new SGD(bowl), { rho: -1 })).toThrow('SAM: rho: got -1');
  expect(sam.settings()).toMatchObject({ type: 'SAM', rho: 0.05, optimizer: { type: 'SGD' } });
});

test('trains in fit, resumes bit for bit, and rejects accumulation', async () => {
  const device = await testDevice();
  const setUp = () => {
    const layers = [new AvgPool2d(8), new Flatten(), new Linear(48, 2)];
    const model = new Sequential(...layers).to(device, { seed: 3 });
    const optimizer = new SAM(new SGD(model, { learningRate: 0.1, momentum: 0.9 }));
    const loss = new CrossEntropyLoss();
    return {
      model,
      options: { train: tinyPictures(16), loss, optimizer, epochs: 2, batch: 8, side: 32, seed: 1 },
    };
  };
  const states: TrainingState[] = [];
  const whole = setUp();
  const { steps } = await drain(
    fit(whole.model, { ...whole.options, onCheckpoint: (state) => void states.push(state) }),
  );
  expect(steps.at(-1)!.loss).toBeLessThan(steps[0]!.loss);
  const rest = setUp();
  await drain(fit(rest.model, { ...rest.options, resume: states[0]! }));
  expect(stateBits(await rest.model.stateDict())).toEqual(stateBits(await whole.model.stateDict()));
  const other = setUp();
  await expect(fit(other.model, { ...other.options, accumulate: 2 })).rejects.toThrow(
    'fit: accumulate: got 2 with SAM, expected 1',
  );
});
