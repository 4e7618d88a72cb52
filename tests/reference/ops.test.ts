import { describe, expect, it } from 'vitest';
import { from, full, map, type NdArray, random, reshape, zeros } from './array.ts';
import { expectClose, expectSame } from './expect-close.ts';
import { batchNorm } from './ops/batch-norm.ts';
import { binary, compare, where } from './ops/binary.ts';
import { centerLoss, updateCenters } from './ops/center-loss.ts';
import { conv2d, depthwiseConv2d } from './ops/convolution.ts';
import { crossEntropy } from './ops/cross-entropy.ts';
import { linear, matmul } from './ops/matmul.ts';
import { adamState, adamStep, adamWStep, clipGradientNorm, sgdStep } from './ops/optimizers.ts';
import { avgPool2d, avgPoolAxis, globalAvgPool, maxPool2d, maxPoolAxis } from './ops/pool.ts';
import { argmax, max, mean, min, std, sum, variance } from './ops/reduce.ts';
import { concat, gatherRows, oneHot, pad, permute, slice } from './ops/shape.ts';
import { logSoftmax, softmax } from './ops/softmax.ts';

const counting = (...shape: number[]): NdArray => map(zeros(shape), (_, i) => i);
const exact = { rtol: 1e-12, atol: 1e-12 };

/** Computed by hand, or from an identity that does not use the loop under test. */
describe('elements, reductions and movement', () => {
  it('broadcasts as NumPy does', () => {
    expectSame(
      binary('sub', from([2, 1], [10, 20]), from([3], [1, 2, 3])),
      from([2, 3], [9, 8, 7, 19, 18, 17]),
    );
    expectSame(compare('ge', from([3], [1, 2, 3]), from([], [2])), from([3], [0, 1, 1]));
    const chosen = where(from([2, 1], [1, 0]), from([3], [1, 2, 3]), from([], [9]));
    expectSame(chosen, from([2, 3], [1, 2, 3, 9, 9, 9]));
    expect(() => binary('add', zeros([2]), zeros([3]))).toThrow('[2] and [3] do not broadcast');
  });

  it('reduces over axes', () => {
    const x = counting(2, 3, 2);
    expectSame(sum(x), from([], [66]));
    expectSame(sum(x, { axes: [0, -1], keepdims: true }), from([1, 3, 1], [14, 22, 30]));
    expectSame(mean(x, { axes: [1] }), from([2, 2], [2, 3, 8, 9]));
    expectSame(variance(x, { axes: [1] }, 0), from([2, 2], [8 / 3, 8 / 3, 8 / 3, 8 / 3]));
    expectSame(std(x, { axes: [1] }), from([2, 2], [2, 2, 2, 2]));
    expectSame(max(x, { axes: [0] }), from([3, 2], [6, 7, 8, 9, 10, 11]));
    expectSame(min(x, { axes: [2, 1] }), from([2], [0, 6]));
    expectSame(argmax(from([2, 3], [1, 5, 5, 7, 2, 3])), from([2], [1, 0]));
    expectSame(argmax(from([2, 3], [1, 5, 5, 7, 2, 3]), 0, true), from([1, 3], [1, 0, 0]));
  });

  it('multiplies batches of matrices', () => {
    const product = matmul(from([2, 1, 1, 2], [1, 2, 3, 4]), from([2, 2, 1], [1, 1, 10, 100]));
    expectSame(product, from([2, 2, 1, 1], [3, 210, 7, 430]));
    expectSame(
      linear(from([1, 2], [1, 2]), from([2, 2], [1, 2, 3, 4]), from([2], [5, 6])),
      from([1, 2], [12, 16]),
    );
  });

  it('moves elements', () => {
    const x = counting(2, 3);
    expectSame(permute(x, [1, 0]), from([3, 2], [0, 3, 1, 4, 2, 5]));
    expectSame(permute(permute(counting(2, 3, 4), [2, 0, 1]), [1, 2, 0]), counting(2, 3, 4));
    expectSame(slice(x, [0, 0], [2, 3], [1, 2]), from([2, 2], [0, 2, 3, 5]));
    expectSame(concat([x, from([2, 1], [7, 8])], -1), from([2, 4], [0, 1, 2, 7, 3, 4, 5, 8]));
    expectSame(
      pad(
        from([1, 2], [1, 2]),
        [
          [1, 0],
          [0, 1],
        ],
        9,
      ),
      from([2, 3], [9, 9, 9, 1, 2, 9]),
    );
    expectSame(gatherRows(x, [1, 1, 0]), from([3, 3], [3, 4, 5, 3, 4, 5, 0, 1, 2]));
    expectSame(oneHot([2, 0], 3), from([2, 3], [0, 0, 1, 1, 0, 0]));
  });

  it('keeps softmax finite for large logits', () => {
    const logits = from([1, 3], [1000, 1000 + Math.log(2), 1000]);
    expectClose(softmax(logits).data, [0.25, 0.5, 0.25], exact);
    expectClose(logSoftmax(logits).data, [Math.log(0.25), Math.log(0.5), Math.log(0.25)], exact);
  });
});

describe('windows', () => {
  it('convolves: a dilated 2x2 kernel over 4x4 at stride 2 with padding', () => {
    // Rows and columns -1 and 1, then 1 and 3, of 0..15, where -1 is padding.
    const weight = from([2, 2, 1, 1], [1, 10, 100, 1000]);
    const options = { stride: [2, 2], padding: [1, 1], dilation: [2, 2], bias: from([1], [0.5]) } as const;
    const out = conv2d(counting(1, 4, 4, 1), weight, options);
    expectSame(out, from([1, 2, 2, 1], [5000.5, 7500.5, 13050.5, 16375.5]));
  });

  it('agrees with a linear layer on 1x1 kernels and with depthwise on diagonal ones', () => {
    const x = random([2, 3, 3, 4], 1);
    const dense = random([1, 1, 4, 5], 2);
    expectClose(conv2d(x, dense).data, linear(x, reshape(dense, [4, 5])).data, exact);
    const kernel = random([3, 3, 4], 3);
    const diagonal = zeros([3, 3, 4, 4]);
    kernel.data.forEach((value, i) => {
      diagonal.data[i * 4 + (i % 4)] = value;
    });
    const options = { stride: [2, 1], padding: [1, 0] } as const;
    expectClose(depthwiseConv2d(x, kernel, options).data, conv2d(x, diagonal, options), exact);
  });

  it('pools: maxima ignore padding, means count it', () => {
    const x = from([1, 2, 2, 1], [-1, -2, -3, -4]);
    const window = { kernel: [2, 2], stride: [2, 2], padding: [1, 1] } as const;
    expectSame(maxPool2d(x, window), x);
    expectClose(avgPool2d(x, window).data, [-0.25, -0.5, -0.75, -1], exact);
    expectSame(globalAvgPool(x), from([1, 1, 1, 1], [-2.5]));
    expectSame(avgPoolAxis(x, 'width'), from([1, 2, 1], [-1.5, -3.5]));
    expectSame(maxPoolAxis(x, 'height'), from([1, 2, 1], [-1, -2]));
  });

  it('normalizes by the biased variance and stores the unbiased one', () => {
    const x = from([4, 1], [1, 2, 3, 6]);
    const gamma = from([1], [2]);
    const beta = from([1], [1]);
    const trained = batchNorm(x, gamma, beta, { mode: 'train', eps: 0.5, momentum: 0.1 });
    const scale = 2 / Math.sqrt(3.5 + 0.5);
    expectClose(trained.output.data, [-2 * scale + 1, -scale + 1, 1, 3 * scale + 1], exact);
    expectClose(trained.runningMean.data, [0.3], exact);
    expectClose(trained.runningVariance.data, [0.9 + 0.1 * (14 / 3)], exact);
    const running = { runningMean: from([1], [1]), runningVariance: from([1], [4]) };
    const evaluated = batchNorm(x, gamma, beta, { mode: 'eval', eps: 0, activation: 'relu6', ...running });
    expectClose(evaluated.output.data, [1, 2, 3, 6], exact);
  });
});

describe('losses', () => {
  const logits = from([2, 2], [0, Math.log(3), 0, 0]);
  const [a, b, c] = [Math.log(4), Math.log(4 / 3), Math.log(2)] as const;

  it('computes the cross-entropy like PyTorch', () => {
    expectClose([crossEntropy(logits, [0, 1])], [(a + c) / 2], exact);
    const classWeights = [3, 1];
    expectClose([crossEntropy(logits, [0, 1], { classWeights })], [(3 * a + c) / 4], exact);
    const smoothed = 0.8 * (3 * a + c) + 0.1 * (3 * a + b + 3 * c + c);
    expectClose([crossEntropy(logits, [0, 1], { classWeights, labelSmoothing: 0.2 })], [smoothed / 4], exact);
    const soft = from([2, 2], [0.25, 0.75, 1, 0]);
    const expected = (0.25 * 3 * a + 0.75 * b + 3 * c) / 2;
    expectClose([crossEntropy(logits, soft, { classWeights })], [expected], exact);
    expectClose(
      [crossEntropy(logits, oneHot([0, 1], 2), { labelSmoothing: 0.2 })],
      [crossEntropy(logits, [0, 1], { labelSmoothing: 0.2 })],
    );
  });

  it('computes both center losses and moves the centers', () => {
    const features = from([3, 1], [1, 2, 5]);
    const centers = from([3, 1], [0, 4, 7]);
    const labels = [0, 0, 1];
    expectClose([centerLoss(features, labels, centers, { kind: 'learned' })], [(1 + 4 + 1) / 6], exact);
    const released = centerLoss(features, labels, centers, { kind: 'released', lambda: 0.4 });
    expectClose([released], [(0.2 * (0.5 + 2 + 1)) / 3], exact);
    expectClose(updateCenters(features, labels, centers, 0.5).data, [0.5, 4.25, 7], exact);
  });
});

describe('optimizers', () => {
  it('steps SGD with momentum, Nesterov and weight decay', () => {
    const parameters = Float64Array.of(1);
    const velocity: number[] = [];
    const options = { learningRate: 0.1, momentum: 0.5, nesterov: true, weightDecay: 0.1 };
    sgdStep(parameters, [0.9], velocity, options);
    expectClose(parameters, [0.85], exact);
    expectClose(velocity, [1], exact);
    sgdStep(parameters, [0.915], velocity, options);
    expectClose(velocity, [1.5], exact);
    expectClose(parameters, [0.85 - 0.1 * (1 + 0.75)], exact);
  });

  it('moves by the learning rate in the first step of Adam, and shrinks first in AdamW', () => {
    const parameters = Float64Array.of(2, -2);
    adamStep(parameters, [3, -0.01], adamState(2), { learningRate: 0.1 });
    expectClose(parameters, [1.9, -1.9], { rtol: 0, atol: 1e-6 });
    const decayed = Float64Array.of(2);
    adamWStep(decayed, [3], adamState(1), { learningRate: 0.1, weightDecay: 0.5 });
    expectClose(decayed, [1.8], { rtol: 0, atol: 1e-6 });
    const coupled = Float64Array.of(2);
    adamStep(coupled, [-0.5], adamState(1), { learningRate: 0.1, weightDecay: 0.5 });
    expectClose(coupled, [1.9], { rtol: 0, atol: 1e-6 });
  });

  it('clips by the norm of all gradients together', () => {
    const gradients = [Float64Array.of(3), Float64Array.of(0, 4)];
    expect(clipGradientNorm(gradients, 1)).toBe(5);
    expectClose([...gradients[0]!, ...gradients[1]!], [0.6, 0, 0.8], { rtol: 1e-6, atol: 0 });
    expect(clipGradientNorm([full([4], 1).data], 3)).toBe(2);
  });
});
