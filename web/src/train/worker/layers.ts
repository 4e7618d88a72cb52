import {
  abs,
  BatchNorm1d,
  BatchNorm2d,
  Hardswish,
  type ImageClassifier,
  keep,
  type Module,
  max,
  noGrad,
  observe,
  type Parameter,
  ReLU,
  ReLU6,
  scope,
  type Tensor,
} from 'feathergrad';
import type { BatchReader, BatchSource } from 'feathergrad/data';
import type { LayerRow, LayerStats, Spread } from '../messages.ts';
import { spreadOf } from './spread.ts';

/** Activations that are exactly 0 for some inputs, so that a channel can be dead. */
const CLIPPING = ['relu', 'relu6', 'hardSwish'];

/** The gradients that were read last: they no longer exist after the run. */
interface Gradients {
  step: number;
  spreads: Map<string, Spread>;
}

/** Measures weights, gradients and dead channels of a network, layer by layer, between two steps. */
export class LayerProbe {
  private readonly model: ImageClassifier;
  private readonly reader: BatchReader;
  private readonly indices: readonly number[];
  private readonly groups: Map<string, Parameter[]>;
  private readonly owners: Map<Module, string>;
  private gradients: Gradients | null = null;

  /** @param indices the images on which channels are dead or not */
  constructor(model: ImageClassifier, source: BatchSource, indices: readonly number[], side: number) {
    this.model = model;
    this.indices = indices;
    this.reader = source.open(model.device, { batch: indices.length, side, color: model.color });
    this.groups = weightsOf(model);
    this.owners = new Map(
      [...model.namedModules()].map(([path, module]) => [module, groupOf(path)] as const),
    );
  }

  /**
   * Reads the values once and returns their histograms. Neither weights nor gradients change.
   * @param hasGradients whether a step has computed gradients
   */
  async run(step: number, hasGradients: boolean): Promise<LayerStats> {
    const { model, groups, indices } = this;
    await this.reader.prepare?.(indices);
    const live = this.peaks();
    const parameters = [...groups.values()].flat();
    const withGradient = parameters.filter(({ value }) => hasGradients && value.grad);
    let read: Float32Array[];
    try {
      const wanted = [
        ...parameters.map(({ value }) => value),
        ...withGradient.map(({ value }) => value.grad as Tensor),
        ...live.map(({ peak }) => peak),
      ];
      read = (await model.device.read(wanted)).map((bytes) => new Float32Array(bytes));
    } finally {
      for (const { peak } of live) peak.dispose();
    }
    const weights = new Map(parameters.map((parameter, i) => [parameter, read[i] as Float32Array]));
    const first = parameters.length;
    const gradients = new Map(
      withGradient.map((parameter, i) => [parameter, read[first + i] as Float32Array]),
    );
    const dead = deadOf(live, read.slice(first + withGradient.length));
    const of = (list: readonly Parameter[], values: ReadonlyMap<Parameter, Float32Array>) =>
      list.flatMap((parameter) => values.get(parameter) ?? []);
    if (withGradient.length > 0) {
      const spreads = new Map<string, Spread>();
      for (const [name, list] of groups) {
        const values = of(list, gradients);
        if (values.length > 0) spreads.set(name, spreadOf(values));
      }
      this.gradients = { step, spreads };
    }
    const layers = [...groups].map(
      ([name, list]): LayerRow => ({
        name,
        weights: spreadOf(of(list, weights)),
        gradients: this.gradients?.spreads.get(name) ?? null,
        channels: dead.get(name) ?? null,
      }),
    );
    return { step, gradientStep: this.gradients?.step ?? null, images: indices.length, layers };
  }

  /** Runs the network on the images in evaluation mode and returns the largest |output| per channel of each activation. */
  private peaks(): { group: string; peak: Tensor }[] {
    const { model, reader, owners, groups } = this;
    const peaks: { group: string; peak: Tensor }[] = [];
    let group = '';
    reader.load(this.indices);
    const modes = [...owners.keys()].map((module) => [module, module.requestedMode] as const);
    model.eval();
    try {
      scope(() => {
        const images = reader.record().images.detach();
        // recorded on the tape even if all layers are frozen: norm and activation are then not fused into the convolution
        images.requiresGrad = true;
        observe(
          (module, output) => {
            const owner = owners.get(module) ?? '';
            if (groups.has(owner)) group = owner; // an activation belongs to the weights before it
            if (!clips(module)) return;
            const axes = output.shape.slice(0, -1).map((_, axis) => axis);
            const peak = scope(() => noGrad(() => max(abs(output.detach()), axes)));
            peaks.push({ group, peak: keep(peak) });
          },
          () => model.forward(images),
        );
      });
    } finally {
      for (const [module, mode] of modes) module.requestedMode = mode;
    }
    return peaks;
  }

  dispose(): void {
    this.reader.dispose();
  }
}

/** The weights of convolutions and linear layers, by group. */
function weightsOf(model: ImageClassifier): Map<string, Parameter[]> {
  const groups = new Map<string, Parameter[]>();
  for (const parameter of model.parameters()) {
    if (parameter.shape.length < 2) continue;
    const name = groupOf(parameter.name.split('.').slice(0, -1).join('.'));
    groups.set(name, [...(groups.get(name) ?? []), parameter]);
  }
  return groups;
}

/** Returns the group of a layer: `features.5.block.0.0` belongs to `features.5`. */
const groupOf = (path: string): string => path.split('.').slice(0, 2).join('.');

function clips(module: Module): boolean {
  if (module instanceof ReLU || module instanceof ReLU6 || module instanceof Hardswish) return true;
  return (
    (module instanceof BatchNorm2d || module instanceof BatchNorm1d) && CLIPPING.includes(module.activation)
  );
}

/** Counts channels, and those whose largest |output| is 0, per group. */
function deadOf(
  live: readonly { group: string }[],
  values: readonly Float32Array[],
): Map<string, { count: number; dead: number }> {
  const counts = new Map<string, { count: number; dead: number }>();
  for (const [i, { group }] of live.entries()) {
    const peaks = values[i] as Float32Array;
    const before = counts.get(group) ?? { count: 0, dead: 0 };
    const dead = peaks.filter((peak) => peak === 0).length;
    counts.set(group, { count: before.count + peaks.length, dead: before.dead + dead });
  }
  return counts;
}
