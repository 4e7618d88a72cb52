import { signal } from '@preact/signals';
import type { Device, FerMobileNetV3 } from 'feathergrad';
import { pause } from '../../lib/breathe.ts';
import { messageOf } from '../../lib/errors.ts';
import { inTurn } from '../device.ts';
import type { Stage } from './blocks.ts';
import { drawFaces, type Face, type Maps, mapsOf, openModel, type Weights } from './subject.ts';
import { Training } from './training.ts';

/** The lesson's network: its weights, its input faces, and its outputs for one face. */
export class Lab {
  readonly weights: Weights;
  readonly model = signal<FerMobileNetV3 | null>(null);
  readonly training = signal<Training | null>(null);
  readonly problem = signal<string | null>(null);
  private readonly device: Device;
  private isGone = false;
  /** pending work that uses the model, which must not be disposed before it ends */
  private last: Promise<unknown>;

  constructor(device: Device, weights: Weights) {
    this.device = device;
    this.weights = weights;
    this.last = this.open().catch((error) => {
      this.problem.value = messageOf(error);
    });
  }

  faces(person: number, side: number): Promise<Face[]> {
    return drawFaces(this.device, person, side);
  }

  /** The output of `stage` for a face, with the current weights. */
  maps(face: Face, stage: Stage): Promise<Maps> {
    const { model } = this;
    const work = inTurn(async () => {
      if (this.isGone || !model.value) throw new Error('the network is gone');
      return mapsOf(model.value, face, stage, this.weights);
    });
    this.last = Promise.allSettled([this.last, work]);
    return work;
  }

  /** Delays the disposal of the model until `work` is done. */
  busy<T>(work: Promise<T>): Promise<T> {
    this.last = Promise.allSettled([this.last, work]);
    return work;
  }

  dispose(): void {
    this.isGone = true;
    void this.last.then(async () => {
      await this.training.value?.dispose();
      this.model.value?.dispose();
    });
  }

  private async open(): Promise<void> {
    await pause(); // the page is being rendered
    const model = await openModel(this.device, this.weights);
    if (this.isGone) return model.dispose();
    this.model.value = model;
    await pause();
    if (this.isGone) return;
    if (this.weights === 'new') this.training.value = new Training(model);
  }
}
