import {
  Adam,
  add,
  argMax,
  backward,
  type Capture,
  type CenterKind,
  CenterLoss,
  cast,
  concat,
  crossEntropy,
  type Device,
  equal,
  keep,
  mean,
  mul,
  noGrad,
  reshape,
  scope,
  type Tensor,
  tensor,
} from 'feathergrad';
import type { Data, DataKind } from './data.ts';
import { PlaneNetwork, WIDTH } from './network.ts';
import { spreadOf } from './spread.ts';

/** Cells along each side of the background, which shows the last layer's prediction. */
export const GRID = 48;

export interface Settings {
  kind: CenterKind;
  lambda: number;
  alpha: number;
  /** 1, or 0 to omit the cross-entropy */
  softmax: number;
}

/** Data for the figure, read back from the GPU. */
export interface Look {
  step: number;
  /** loss of the latest batch; null before the first */
  crossEntropy: number | null;
  center: number | null;
  accuracy: number;
  /** root mean squared distance of points from their class mean, and of the class means from their mean */
  within: number;
  between: number;
  /** [N, 2] */
  points: Float32Array;
  /** [K, 2] */
  centers: Float32Array;
  /** class by cell, rows from the top, over -reach .. reach in both directions */
  regions: Uint32Array;
  reach: number;
}

/** Trains one network with replayed captures. Lambda and alpha can change between two steps. */
export class Trainer {
  step = 0;
  private readonly device: Device;
  private readonly data: Data;
  private readonly network: PlaneNetwork;
  private readonly optimizer: Adam;
  private readonly weights: { lambda: Tensor; softmax: Tensor };
  private readonly grid: Tensor;
  private settings: Settings;
  private loss: CenterLoss;
  private work: Capture<Tensor> | null = null;
  private view: Capture<LookTensors> | null = null;
  private reach = 0;

  constructor(device: Device, kind: DataKind, data: Data, settings: Settings) {
    const classes = data.names.length;
    this.device = device;
    this.data = data;
    this.settings = settings;
    this.network = new PlaneNetwork(kind, classes).to(device, { seed: 4 });
    this.optimizer = new Adam(this.network, { learningRate: kind === 'points' ? 0.006 : 0.004 });
    this.loss = this.makeLoss();
    const kept = scope(() => ({
      lambda: keep(tensor(device, settings.lambda)),
      softmax: keep(tensor(device, settings.softmax)),
      grid: keep(tensor(device, new Float32Array(2 * GRID * GRID), { shape: [GRID * GRID, WIDTH] })),
    }));
    this.weights = kept;
    this.grid = kept.grid;
  }

  /** Takes effect from the next step. */
  async set(settings: Settings): Promise<void> {
    const before = this.settings;
    this.settings = settings;
    this.weights.lambda.write([settings.lambda]);
    this.weights.softmax.write([settings.softmax]);
    if (settings.alpha === before.alpha && settings.kind === before.kind) return;
    // alpha is part of the capture: the next step is captured again, with the current centers
    const old = this.loss;
    const centers = await old.centers.value.data();
    this.loss = this.makeLoss();
    this.loss.centers.value.write(centers);
    this.forget();
    old.dispose();
  }

  /** Trains on this many batches. */
  async train(steps: number): Promise<void> {
    this.work ??= await this.device.capture(() => scope(() => this.record()));
    for (let i = 0; i < steps; i++) {
      this.data.load(this.step);
      this.work.run();
      this.step++;
    }
  }

  /** Reads the current state. */
  async look(): Promise<Look> {
    this.view ??= await this.device.capture(() => scope(() => this.recordLook()));
    let look = await this.read();
    // if points are outside, the axes grow and the background is computed again
    if (this.follow(look.points, look.centers)) look = await this.read();
    return { ...look, reach: this.reach };
  }

  dispose(): void {
    this.forget();
    for (const one of Object.values(this.view?.outputs ?? {})) one.dispose();
    this.view?.dispose();
    this.optimizer.dispose();
    this.loss.dispose();
    this.network.dispose();
    for (const one of [this.grid, ...Object.values(this.weights)]) if (!one.isDisposed) one.dispose();
  }

  private makeLoss(): CenterLoss {
    const { kind, alpha } = this.settings;
    // the form of the literature, as in the text
    return new CenterLoss(this.data.names.length, WIDTH, { kind, alpha, scale: 1 }).to(this.device, {
      seed: 9,
    });
  }

  private forget(): void {
    this.work?.outputs.dispose();
    this.work?.dispose();
    this.work = null;
  }

  /** One step: forward, both losses, backward, weights, centers. */
  private record(): Tensor {
    const { network, loss, optimizer, weights } = this;
    network.train();
    network.zeroGrad();
    const { x, labels } = this.data.record();
    const { logits, embedding } = network.forwardWithEmbedding(x);
    const softmaxLoss = crossEntropy(logits, labels);
    const centerLoss = loss.call(embedding, labels);
    backward(add(mul(softmaxLoss, weights.softmax), mul(centerLoss, weights.lambda)));
    loss.update(embedding, labels);
    optimizer.step();
    return noGrad(() => concat([reshape(softmaxLoss, [1]), reshape(centerLoss, [1])], 0));
  }

  private recordLook(): LookTensors {
    const { network, data, grid } = this;
    network.eval();
    return noGrad(() => {
      const { x, labels } = data.shown;
      const { logits, embedding } = network.forwardWithEmbedding(x);
      const right = mean(cast(equal(argMax(logits, 1), labels), 'f32'));
      const { within, between } = spreadOf(embedding, labels, data.names.length);
      const numbers = concat(
        [right, within, between].map((one) => reshape(one, [1])),
        0,
      );
      return { points: embedding, numbers, regions: argMax(network.last.call(grid), 1) };
    });
  }

  private async read(): Promise<Omit<Look, 'reach'>> {
    if (!this.view) throw new Error('nothing was recorded');
    const { points, numbers, regions } = this.view.run();
    const losses = this.work && this.step > 0 ? [this.work.outputs] : [];
    const bytes = await this.device.read([points, numbers, regions, this.loss.centers.value, ...losses]);
    const [p, n, r, c, l] = bytes as [ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer?];
    const [accuracy = 0, within = 0, between = 0] = new Float32Array(n);
    const [entropy = null, center = null] = l ? new Float32Array(l) : [];
    return {
      step: this.step,
      crossEntropy: entropy,
      center,
      accuracy,
      within: Math.sqrt(within),
      between: Math.sqrt(between),
      points: new Float32Array(p),
      centers: new Float32Array(c),
      regions: new Uint32Array(r),
    };
  }

  /** Sets the range of the axes so that nearly all points fit, in steps to avoid jitter. Returns whether it changed. */
  private follow(points: Float32Array, centers: Float32Array): boolean {
    const inside = Float32Array.from(points, Math.abs).sort();
    const released = this.settings.kind === 'released';
    const far = Math.max(0, ...(released ? [] : Array.from(centers, Math.abs)));
    const wanted = 1.25 * Math.max(inside[Math.floor(0.985 * (inside.length - 1))] as number, far, 0.02);
    const near = this.reach > 0 && wanted < 1.1 * this.reach && wanted > 0.6 * this.reach;
    if (near) return false;
    this.reach = Number(wanted.toPrecision(2));
    const cells = new Float32Array(2 * GRID * GRID);
    for (let i = 0; i < GRID * GRID; i++) {
      cells[2 * i] = this.reach * (((i % GRID) + 0.5) * (2 / GRID) - 1);
      cells[2 * i + 1] = this.reach * (1 - (Math.floor(i / GRID) + 0.5) * (2 / GRID));
    }
    this.grid.write(cells);
    return true;
  }
}

type LookTensors = Record<'points' | 'numbers' | 'regions', Tensor>;
