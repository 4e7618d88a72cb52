import { expose } from 'comlink';
import { createDevice, fit, plan, settleRecipe } from 'feathergrad';
import { DrawnFaceSource } from 'feathergrad/data';
import { modelFor } from 'feathergrad/models';
import { facesOf } from '../train/worker/data.ts';
import { Gate } from '../train/worker/gate.ts';
import { FaceProbe } from '../train/worker/probe.ts';
import type { DemoEvent } from './messages.ts';

/** Faces that are recognized while the network trains; the page shows all or the first of them. */
const FACES = 24;
/** Pixels of a face on the page. */
const SHOWN_SIDE = 96;
/** Milliseconds between two messages. */
const REPORT_EVERY = 100;
const RECIPE = { pictures: 1600, epochs: 6, validationSplit: 0 } as const;

/** Trains on drawn faces for the landing page. Nothing is stored. */
class DemoEngine {
  private readonly gate = new Gate();

  pause(): void {
    this.gate.shut();
  }

  resume(): void {
    this.gate.open();
  }

  /** Trains until the end. @throws WebGPUUnavailableError */
  async run(seed: number, emit: (event: DemoEvent) => void): Promise<void> {
    const device = await createDevice();
    const recipe = { ...RECIPE, seed };
    const train = new DrawnFaceSource({ seed, length: recipe.pictures });
    const unseen = new DrawnFaceSource({ seed: seed + 1000, length: FACES });
    const settled = settleRecipe(recipe, { images: train.length, isDrawn: true });
    const model = modelFor(settled, { classNames: train.classNames });
    model.to(device, { seed });
    const planned = plan(model, { train, valid: null }, recipe);
    const { options } = planned;
    const probe = await FaceProbe.create(model, options.loss, unseen, { most: FACES, side: options.side });
    try {
      const faces = await facesOf(device, unseen, probe.indices, SHOWN_SIDE);
      emit({
        kind: 'faces',
        images: faces.map(({ image }) => image),
        labels: faces.map(({ label }) => label),
        classNames: model.classNames,
      });
      const ask = async (step: number) =>
        emit({ kind: 'probe', step, probabilities: (await probe.run(step)).probabilities });
      await ask(0);
      let losses: number[] = [];
      let reported = performance.now();
      let last = 0;
      for await (const event of fit(model, options)) {
        if (event.kind !== 'step') continue;
        last = event.step;
        losses.push(event.loss);
        if (performance.now() - reported > REPORT_EVERY) {
          emit({ kind: 'losses', losses, steps: recipe.epochs * event.stepsPerEpoch });
          losses = [];
          await ask(event.step);
          reported = performance.now();
        }
        await this.gate.pass(() => {});
      }
      await ask(last);
      emit({ kind: 'done' });
    } finally {
      probe.dispose();
      planned.dispose();
      model.dispose();
      device.destroy();
    }
  }
}

export type { DemoEngine };

expose(new DemoEngine());
