import { type NdArray, zeros } from '../array.ts';
import { forEachTap, type WindowOptions, windowGeometry } from './window.ts';

export interface ConvolutionOptions extends WindowOptions {
  /** One number an output channel. */
  bias?: NdArray | undefined;
}

/** x [N,H,W,Cin], weight [kh,kw,Cin,Cout] -> [N,H',W',Cout]. */
export function conv2d(x: NdArray, weight: NdArray, options: ConvolutionOptions = {}): NdArray {
  const [kernelHeight, kernelWidth, inputs, outputs] = weight.shape as [number, number, number, number];
  if (x.shape[3] !== inputs) throw new Error(`conv2d: input [${x.shape}] against weight [${weight.shape}]`);
  const geometry = windowGeometry(x, [kernelHeight, kernelWidth], options);
  const out = startWithBias([geometry.batch, ...geometry.output, outputs], options.bias);
  forEachTap(geometry, (outputPixel, inputPixel, tap) => {
    for (let i = 0; i < inputs; i++) {
      const value = x.data[inputPixel * inputs + i]!;
      const row = (tap * inputs + i) * outputs;
      for (let o = 0; o < outputs; o++) out.data[outputPixel * outputs + o]! += value * weight.data[row + o]!;
    }
  });
  return out;
}

/** x [N,H,W,C], weight [kh,kw,C] -> [N,H',W',C]: every channel has a kernel of its own. */
export function depthwiseConv2d(x: NdArray, weight: NdArray, options: ConvolutionOptions = {}): NdArray {
  const [kernelHeight, kernelWidth, channels] = weight.shape as [number, number, number];
  if (x.shape[3] !== channels) {
    throw new Error(`depthwiseConv2d: input [${x.shape}] against weight [${weight.shape}]`);
  }
  const geometry = windowGeometry(x, [kernelHeight, kernelWidth], options);
  const out = startWithBias([geometry.batch, ...geometry.output, channels], options.bias);
  forEachTap(geometry, (outputPixel, inputPixel, tap) => {
    for (let c = 0; c < channels; c++) {
      out.data[outputPixel * channels + c]! +=
        x.data[inputPixel * channels + c]! * weight.data[tap * channels + c]!;
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
