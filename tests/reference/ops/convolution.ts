import { forEachIndex, type NdArray, zeros } from '../array.ts';
import { forEachTap, type Pair, type WindowOptions, windowGeometry } from './window.ts';

export interface ConvolutionOptions extends WindowOptions {
  /** One number per output channel. */
  bias?: NdArray | undefined;
  groups?: number | undefined;
}

/** x [N,H,W,Cin], weight [kh,kw,Cin/groups,Cout] -> [N,H',W',Cout]. */
export function conv2d(x: NdArray, weight: NdArray, options: ConvolutionOptions = {}): NdArray {
  const [kernelHeight, kernelWidth, inputs, outputs] = weight.shape as [number, number, number, number];
  const { groups = 1 } = options;
  const channels = x.shape[3]!;
  if (channels !== inputs * groups || outputs % groups !== 0)
    throw new Error(`conv2d: input [${x.shape}] against weight [${weight.shape}], ${groups} groups`);
  const perGroup = outputs / groups;
  const geometry = windowGeometry(x, [kernelHeight, kernelWidth], options);
  const out = startWithBias([geometry.batch, ...geometry.output, outputs], options.bias);
  forEachTap(geometry, (outputPixel, inputPixel, tap) => {
    for (let i = 0; i < inputs; i++) {
      const row = (tap * inputs + i) * outputs;
      for (let g = 0; g < groups; g++) {
        const value = x.data[inputPixel * channels + g * inputs + i]!;
        for (let o = g * perGroup; o < (g + 1) * perGroup; o++) {
          out.data[outputPixel * outputs + o]! += value * weight.data[row + o]!;
        }
      }
    }
  });
  return out;
}

/** x [N,H,W,C], weight [kh,kw,M C] -> [N,H',W',M C]: M kernels per channel. */
export function depthwiseConv2d(x: NdArray, weight: NdArray, options: ConvolutionOptions = {}): NdArray {
  const [kernelHeight, kernelWidth, channels] = weight.shape as [number, number, number];
  const inputs = x.shape[3]!;
  if (channels % inputs !== 0) {
    throw new Error(`depthwiseConv2d: input [${x.shape}] against weight [${weight.shape}]`);
  }
  const multiplier = channels / inputs;
  const geometry = windowGeometry(x, [kernelHeight, kernelWidth], options);
  const out = startWithBias([geometry.batch, ...geometry.output, channels], options.bias);
  forEachTap(geometry, (outputPixel, inputPixel, tap) => {
    for (let c = 0; c < channels; c++) {
      out.data[outputPixel * channels + c]! +=
        x.data[inputPixel * inputs + Math.floor(c / multiplier)]! * weight.data[tap * channels + c]!;
    }
  });
  return out;
}

export interface TransposedOptions {
  stride?: Pair;
  padding?: Pair;
  outputPadding?: Pair;
  dilation?: Pair;
  groups?: number;
  bias?: NdArray | undefined;
}

/** x [N,H,W,Cin], weight [kh,kw,Cout/groups,Cin] -> [N,H',W',Cout]: each input pixel adds a scaled kernel to the output. */
export function convTranspose2d(x: NdArray, weight: NdArray, options: TransposedOptions = {}): NdArray {
  const {
    stride = [1, 1],
    padding = [0, 0],
    outputPadding = [0, 0],
    dilation = [1, 1],
    groups = 1,
  } = options;
  const [n, h, w, inputs] = x.shape as [number, number, number, number];
  const [kh, kw, perGroup] = weight.shape as [number, number, number];
  const side = (size: number, kernel: number, a: 0 | 1) =>
    (size - 1) * stride[a] - 2 * padding[a] + dilation[a] * (kernel - 1) + outputPadding[a] + 1;
  const [height, width] = [side(h, kh, 0), side(w, kw, 1)];
  const outputs = perGroup * groups;
  const out = startWithBias([n, height, width, outputs], options.bias);
  forEachIndex(x.shape, ([image, ih, iw, i], offset) => {
    const group = Math.floor((i! * groups) / inputs);
    for (let r = 0; r < kh; r++) {
      for (let s = 0; s < kw; s++) {
        const oh = ih! * stride[0] + r * dilation[0] - padding[0];
        const ow = iw! * stride[1] + s * dilation[1] - padding[1];
        if (oh < 0 || oh >= height || ow < 0 || ow >= width) continue;
        for (let o = 0; o < perGroup; o++) {
          const target = ((image! * height + oh) * width + ow) * outputs + group * perGroup + o;
          out.data[target]! += x.data[offset]! * weight.data[((r * kw + s) * perGroup + o) * inputs + i!]!;
        }
      }
    }
  });
  return out;
}

function startWithBias(shape: number[], bias: NdArray | undefined): NdArray {
  const out = zeros(shape);
  if (!bias) return out;
  for (let i = 0; i < out.data.length; i++) out.data[i] = bias.data[i % bias.data.length]!;
  return out;
}
