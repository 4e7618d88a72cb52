import {
  BatchNorm2d,
  batchNorm,
  type Device,
  div,
  FerMobileNetV3,
  keep,
  type Module,
  mean,
  observe,
  scope,
  sub,
  type Tensor,
  tensor,
} from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';
import { breather, pause } from '../../lib/breathe.ts';
import { hasShipped } from '../../lib/shipped.ts';

/** From LOW to HIGH; values beyond are counted in the outermost bins. */
export const LOW = -8;
export const HIGH = 8;
export const BINS = 64;
const FACES = 4;

export interface Layer {
  name: string;
  /** share of the values in each bin */
  shares: number[];
  /** shares below -3, where hard-swish is flat, between -3 and 3, and above 3, where it is the identity */
  flat: number;
  curved: number;
  straight: number;
}

/** The inputs of each hard-swish of the trained network for drawn faces, layer by layer. */
export async function activations(device: Device): Promise<{ layers: Layer[]; trained: boolean }> {
  const model = hasShipped
    ? await FerMobileNetV3.pretrained(device)
    : new FerMobileNetV3().to(device, { seed: 1 }).eval();
  const found: { name: string; value: Tensor }[] = [];
  try {
    await pause();
    scope(() => {
      const { images } = new DrawnFaces(device, { seed: 5, side: model.side }).batch(0, FACES);
      const gray = mean(images, 3, true); // the network learned from gray pictures
      const x = div(sub(gray, tensor(device, [...model.mean])), tensor(device, [...model.std]));
      // with taping, norm and activation are not fused into the convolution, so that the norm's input is accessible
      observe(
        (module, _, input) => {
          if (isHardSwish(module)) found.push({ name: module.path, value: keep(before(module, input)) });
        },
        () => model.call(x),
      );
    });
    const read = await device.read(found.map(({ value }) => value));
    const layers: Layer[] = [];
    const breathe = breather();
    for (const [i, { name }] of found.entries()) {
      await breathe();
      layers.push(histogram(labelOf(name), new Float32Array(read[i] as ArrayBuffer)));
    }
    return { layers, trained: hasShipped };
  } finally {
    for (const { value } of found) value.dispose();
    model.dispose();
  }
}

const isHardSwish = (module: Module): module is BatchNorm2d =>
  module instanceof BatchNorm2d && module.activation === 'hardSwish';

/** The norm without its activation. */
function before(norm: BatchNorm2d, input: Tensor): Tensor {
  const { weight, bias, running_mean, running_var } = norm;
  const running = running_mean && running_var && { mean: running_mean.value, variance: running_var.value };
  const how = { training: false, eps: norm.eps, momentum: 0, activation: 'none' } as const;
  return batchNorm(input, weight?.value ?? null, bias?.value ?? null, running, how).detach();
}

/** `features.4.block.1.1` is block 4, its second step. */
function labelOf(path: string): string {
  const [, block, , step] = path.split('.');
  if (path.includes('bn1')) return `block ${block}, attention`;
  return path.includes('.block.') ? `block ${block}, step ${Number(step) + 1}` : `layer ${block}`;
}

function histogram(name: string, values: Float32Array): Layer {
  const counts = new Array<number>(BINS).fill(0);
  let flat = 0;
  let straight = 0;
  for (const value of values) {
    const bin = Math.floor(((value - LOW) / (HIGH - LOW)) * BINS);
    const held = Math.min(BINS - 1, Math.max(0, bin));
    counts[held] = (counts[held] as number) + 1;
    if (value <= -3) flat++;
    else if (value >= 3) straight++;
  }
  const n = values.length;
  return {
    name,
    shares: counts.map((count) => count / n),
    flat: flat / n,
    curved: (n - flat - straight) / n,
    straight: straight / n,
  };
}
