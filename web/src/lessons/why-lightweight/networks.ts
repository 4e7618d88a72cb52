import type { ModelName } from 'feathergrad/models';
import { breather } from '../../lib/breathe.ts';

/** A network of the lesson, in the order of the years. */
export interface Entry {
  /** name in the library; null for VGG-16, which is only counted */
  model: ModelName | null;
  label: string;
  year: number;
  idea: string;
}

export const ENTRIES: readonly Entry[] = [
  { model: null, label: 'VGG-16', year: 2014, idea: 'many dense 3 × 3 convolutions' },
  { model: 'resnet18', label: 'ResNet-18', year: 2015, idea: 'residuals: add the input of a block' },
  {
    model: 'squeezenet1_1',
    label: 'SqueezeNet 1.1',
    year: 2016,
    idea: 'squeeze the channels before each 3 × 3',
  },
  { model: 'mobilenet_v1', label: 'MobileNetV1', year: 2017, idea: 'depthwise separable convolutions' },
  { model: 'mobilenet_v2', label: 'MobileNetV2', year: 2018, idea: 'inverted residuals, linear bottlenecks' },
  {
    model: 'shufflenet_v2_x1_0',
    label: 'ShuffleNetV2',
    year: 2018,
    idea: 'split the channels, then shuffle them',
  },
  {
    model: 'mobilenet_v3_small',
    label: 'MobileNetV3-Small',
    year: 2019,
    idea: 'found by search; hard-swish, attention',
  },
  { model: 'ghostnet', label: 'GhostNet', year: 2020, idea: 'make half of the maps from the other half' },
];

export interface Counts {
  parameters: number;
  macs: number;
}

const VGG_CHANNELS = [
  64,
  64,
  'pool',
  128,
  128,
  'pool',
  256,
  256,
  256,
  'pool',
  512,
  512,
  512,
  'pool',
  512,
  512,
  512,
  'pool',
] as const;

/** Counts VGG-16 (configuration D of the paper) for 1,000 classes. Its linear layers exist for 224 pixels only. */
export function countVgg(): Counts {
  let [parameters, macs, side, channels] = [0, 0, 224, 3];
  for (const one of VGG_CHANNELS) {
    if (one === 'pool') {
      side /= 2;
      continue;
    }
    parameters += 9 * channels * one + one;
    macs += side * side * 9 * channels * one;
    channels = one;
  }
  for (const [inputs, outputs] of [
    [side * side * channels, 4096],
    [4096, 4096],
    [4096, 1000],
  ] as const) {
    parameters += inputs * outputs + outputs;
    macs += inputs * outputs;
  }
  return { parameters, macs };
}

/** Side of the images for the counts, as in the publications, and for the measurement, which should not take long. */
export const COUNTED_SIDE = 224;
export const MEASURED_SIDE = 96;

/** Counts every network for images of `side` pixels and 1,000 classes; VGG-16 always for 224. */
export async function countAll(side: number): Promise<Counts[]> {
  const { getModel } = await import('feathergrad/models');
  const counts: Counts[] = [];
  const breathe = breather();
  for (const { model } of ENTRIES) {
    await breathe();
    if (model === null) counts.push(countVgg());
    else {
      const { parameters, macs } = getModel(model, { classes: 1000 }).summary(side);
      counts.push({ parameters, macs });
    }
  }
  return counts;
}
