import {
  backward,
  crossEntropy,
  type Device,
  FerMobileNetV3,
  gradcheck,
  InvertedResidual,
  noGrad,
  randn,
  scope,
  type Tensor,
} from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';
import { breather, pause } from '../../lib/breathe.ts';

const SIDE = 48;
const BATCH = 4;
/**
 * Step along the gradient. It changes the loss by 0.001, far more than rounding, while the loss is still nearly linear.
 */
const STEP = 0.0005;

/**
 * Checks a bottleneck with attention one derivative at a time, and the whole network by one number: its single
 * derivatives are below the rounding of a loss near 2, but the derivative along the gradient is the gradient's norm.
 */
export async function checkNetwork(device: Device): Promise<{ pass: boolean; text: string }> {
  const block = await checkBlock(device);
  const { tape, difference } = await alongTheGradient(device);
  const apart = Math.abs(tape - difference) / tape;
  const share = `${(100 * apart).toFixed(2)} % apart`;
  return {
    pass: block.pass && apart < 0.01,
    text: `${block.text}\nAll 1.3 million parameters at once, along the gradient: its norm is ${tape.toPrecision(5)}, and differences of the loss give ${difference.toPrecision(5)}, ${share}.`,
  };
}

async function checkBlock(device: Device): Promise<{ pass: boolean; text: string }> {
  const options = { input: 8, expanded: 24, output: 8, kernelSize: 3, attention: 'cpsca' } as const;
  const block = new InvertedResidual(options).to(device, { seed: 3 });
  const x = randn(device, [2, 6, 6, 8], { seed: 2 });
  try {
    const { passed, checked, failures, worst } = await gradcheck((input) => block.call(input), [x]);
    return {
      pass: passed,
      text: `A bottleneck with complementary pooling, in training: ${checked - failures.length} of ${checked} slopes agree. The largest difference: ${worst.tape.toPrecision(5)} from the tape, ${worst.difference.toPrecision(5)} from differences.`,
    };
  } finally {
    x.dispose();
    block.dispose();
  }
}

async function alongTheGradient(device: Device): Promise<{ tape: number; difference: number }> {
  const model = new FerMobileNetV3({ dropout: 0 }).to(device, { seed: 1 });
  const { images, labels } = scope(() => new DrawnFaces(device, { seed: 4, side: SIDE }).batch(0, BATCH));
  const lossOf = (): Tensor => crossEntropy(model.call(images), labels);
  try {
    await pause();
    scope(() => backward(lossOf()));
    await pause();
    const { parameters, gradients } = model.arenas;
    const [values, slopes] = (await device.read([parameters.flat, gradients.flat])).map(
      (bytes) => new Float32Array(bytes),
    ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
    await pause();
    const length = Math.sqrt(slopes.reduce((sum, slope) => sum + slope * slope, 0));
    const breathe = breather();
    const at = async (step: number): Promise<number> => {
      const moved = new Float32Array(values.length);
      for (let i = 0; i < moved.length; i++) {
        if (i % 65_536 === 0) await breathe();
        moved[i] = (values[i] as number) + (step * (slopes[i] as number)) / length;
      }
      await pause();
      parameters.flat.write(moved);
      const loss = scope(() => noGrad(lossOf));
      const number = await loss.item();
      loss.dispose();
      return number;
    };
    return { tape: length, difference: ((await at(STEP)) - (await at(-STEP))) / (2 * STEP) };
  } finally {
    images.dispose();
    labels.dispose();
    model.dispose();
  }
}
