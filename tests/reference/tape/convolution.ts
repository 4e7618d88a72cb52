import {
  type ConvolutionOptions,
  conv2d as conv2dArray,
  depthwiseConv2d as depthwiseArray,
} from '../ops/convolution.ts';
import { linear as linearArray } from '../ops/matmul.ts';
import { forEachTap, type WindowOptions, windowGeometry } from '../ops/window.ts';
import { Value } from './value.ts';

/** dx[p, i] += dy[q, o] w[t, i, o] and dw[t, i, o] += x[p, i] dy[q, o] wherever tap t joins pixels p and q. */
export function conv2d(
  x: Value,
  weight: Value,
  options: WindowOptions & { groups?: number } = {},
  bias?: Value,
): Value {
  const [kernelHeight, kernelWidth, inputs, outputs] = weight.shape as [number, number, number, number];
  const { groups = 1 } = options;
  const channels = x.shape[3]!;
  const perGroup = outputs / groups;
  const forwardOptions: ConvolutionOptions = { ...options, bias };
  return new Value(conv2dArray(x, weight, forwardOptions), withBias([x, weight], bias), (grad) => {
    addBiasGradient(bias, grad);
    forEachTap(windowGeometry(x, [kernelHeight, kernelWidth], options), (outputPixel, inputPixel, tap) => {
      for (let i = 0; i < inputs; i++) {
        const row = (tap * inputs + i) * outputs;
        for (let g = 0; g < groups; g++) {
          const source = inputPixel * channels + g * inputs + i;
          const value = x.data[source]!;
          let sum = 0;
          for (let o = g * perGroup; o < (g + 1) * perGroup; o++) {
            const dy = grad[outputPixel * outputs + o]!;
            sum += dy * weight.data[row + o]!;
            weight.grad[row + o]! += dy * value;
          }
          x.grad[source]! += sum;
        }
      }
    });
  });
}

/** The same with M kernels per channel: dx[p, c / M] += dy[q, c] w[t, c], dw[t, c] += x[p, c / M] dy[q, c]. */
export function depthwiseConv2d(x: Value, weight: Value, options: WindowOptions = {}, bias?: Value): Value {
  const [kernelHeight, kernelWidth, channels] = weight.shape as [number, number, number];
  const inputs = x.shape[3]!;
  const forwardOptions: ConvolutionOptions = { ...options, bias };
  return new Value(depthwiseArray(x, weight, forwardOptions), withBias([x, weight], bias), (grad) => {
    addBiasGradient(bias, grad);
    forEachTap(windowGeometry(x, [kernelHeight, kernelWidth], options), (outputPixel, inputPixel, tap) => {
      for (let c = 0; c < channels; c++) {
        const dy = grad[outputPixel * channels + c]!;
        const source = inputPixel * inputs + Math.floor((c * inputs) / channels);
        x.grad[source]! += dy * weight.data[tap * channels + c]!;
        weight.grad[tap * channels + c]! += dy * x.data[source]!;
      }
    });
  });
}

/** y = x W + b: dx = dy W^T, dW = x^T dy, db = the sum of dy over the rows. */
export function linear(x: Value, weight: Value, bias?: Value): Value {
  const [inputs, outputs] = weight.shape as [number, number];
  return new Value(linearArray(x, weight, bias), withBias([x, weight], bias), (grad) => {
    addBiasGradient(bias, grad);
    for (let row = 0; row < grad.length / outputs; row++) {
      for (let i = 0; i < inputs; i++) {
        const value = x.data[row * inputs + i]!;
        let sum = 0;
        for (let o = 0; o < outputs; o++) {
          const dy = grad[row * outputs + o]!;
          sum += dy * weight.data[i * outputs + o]!;
          weight.grad[i * outputs + o]! += dy * value;
        }
        x.grad[row * inputs + i]! += sum;
      }
    }
  });
}

function withBias(values: Value[], bias: Value | undefined): Value[] {
  return bias ? [...values, bias] : values;
}

function addBiasGradient(bias: Value | undefined, grad: Float64Array): void {
  if (!bias) return;
  for (let i = 0; i < grad.length; i++) bias.grad[i % bias.grad.length]! += grad[i]!;
}
