import { describe, expect, test } from 'vitest';
import {
  AdamW,
  AvgPool2d,
  type BatchNorm2d,
  ConvNormActivation,
  Dropout,
  type FitOptions,
  Flatten,
  fit,
  Linear,
  ResumeError,
  Sequential,
  SGD,
  SoftmaxCenterLoss,
  type TrainingState,
} from '../../src/index.ts';
import { testDevice } from '../support/device.ts';
import { drain, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** A body of two convolutions with batch norm and dropout, and a head of one layer. */
async function prepare(options: Partial<FitOptions> = {}) {
  const device = await testDevice();
  const body = new Sequential(
    new ConvNormActivation(3, 8, 3, { stride: 4, activation: 'relu' }),
    new ConvNormActivation(8, 8, 3, { stride: 2, activation: 'relu' }),
    new Dropout(0.5),
  );
  const head = new Linear(32, 2);
  const model = new Sequential(body, new AvgPool2d(2), new Flatten(), head).to(device, { seed: 1 });
  const optimizer = new AdamW(model, { learningRate: 0.01, weightDecay: 0.1 });
  const loss = new SoftmaxCenterLoss(2, 32, { lambda: 0 });
  const base: FitOptions = {
    train: tinyPictures(16),
    loss,
    optimizer,
    epochs: 2,
    batch: 8,
    side: 32,
    seed: 1,
  };
  const bits = async (part = '0.') => stateBits(await model.stateDict(), (name) => name.startsWith(part));
  const start = (more: Partial<FitOptions> = {}) => fit(model, { ...base, ...options, ...more });
  const free = () => {
    optimizer.dispose();
    model.dispose();
  };
  return { model, body, head, optimizer, bits, start, free };
}

describe.each<[string, Partial<FitOptions>]>([
  ['plain', {}],
  ['with a moving average and validation', { ema: 0.9, valid: tinyPictures(8, { seed: 1 }) }],
  ['in parts', { accumulate: 2 }],
])('fit, %s', (_, options) => {
  test('keeps a frozen body unchanged, including statistics, while the head learns', async () => {
    const { body, bits, start, free } = await prepare(options);
    body.freeze();
    const [before, head] = [await bits(), await bits('3.')];
    await drain(start());
    expect(await bits()).toEqual(before);
    expect(await bits('3.')).not.toEqual(head);
    free();
  });

  test('frozen after the first epoch, unfrozen after the second', async () => {
    const { body, bits, start, free } = await prepare({ ...options, epochs: 3 });
    const at: string[][] = [];
    await drain(start(), async (event) => {
      // a step that was already submitted still has the old state
      if (event.kind !== 'epoch') return;
      at.push(await bits());
      if (event.epoch === 1) body.freeze();
      if (event.epoch === 2) body.unfreeze();
    });
    expect(at[1]).toEqual(at[0]);
    expect(at[2]).not.toEqual(at[1]);
    free();
  });
});

describe('fit', () => {
  test('keeps a batch norm in evaluation on which eval() was called, also in a second run, while its scale is trained', async () => {
    const { body, model, bits, start, free } = await prepare();
    const norm = body.children()[0]![1].children()[1]![1] as BatchNorm2d;
    norm.eval();
    const running = () => bits('0.0.1.running');
    const other = () => bits('0.1.1.running');
    const [before, weight, awake] = [await running(), await bits('0.0.1.weight'), await other()];
    for (let run = 0; run < 2; run++) {
      await drain(start());
      expect(await running()).toEqual(before);
      expect(model.training).toBe(false);
    }
    expect(await other()).not.toEqual(awake);
    expect(await bits('0.0.1.weight')).not.toEqual(weight);
    free();
  });

  test('trains a model that is in evaluation as a whole', async () => {
    const { model, bits, start, free } = await prepare();
    model.eval();
    const before = await bits('0.0.1.running');
    await drain(start());
    expect(await bits('0.0.1.running')).not.toEqual(before);
    free();
  });

  test('with an optimizer of only the head, keeps the weights of the body, whose statistics still change', async () => {
    const { model, head, bits, start, free } = await prepare();
    const optimizer = new SGD(head.parameters(), { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 });
    const parameters = async () =>
      stateBits(await model.stateDict(), (name) => name.startsWith('0.') && !name.includes('running'));
    const [before, statistics] = [await parameters(), await bits('0.0.1.running')];
    await drain(start({ optimizer }));
    expect(await parameters()).toEqual(before);
    expect(await bits('0.0.1.running')).not.toEqual(statistics);
    optimizer.dispose();
    free();
  });

  test.each([1, 2])(
    'a parameter that the loss does not reach is not part of a step, in %d parts',
    async (accumulate) => {
      const { model, bits, start, free } = await prepare({ accumulate });
      const unused = model.parameters().find(({ name }) => name === '3.bias')!;
      // the head's bias is not in the graph, like an unused branch
      const head = model.children()[3]![1] as Linear;
      head.forward = (x) => {
        unused.value.requiresGrad = false;
        try {
          return Linear.prototype.forward.call(head, x);
        } finally {
          unused.value.requiresGrad = true;
        }
      };
      unused.value.write([1, 2]);
      const before = await bits('3.bias');
      await drain(start());
      expect(await bits('3.bias')).toEqual(before);
      free();
    },
  );

  test('resumes bit for bit with a frozen body; a run that freezes something else is rejected', async () => {
    const run = async (freeze: boolean, stopAt: number, resume?: TrainingState) => {
      const { body, bits, start, free } = await prepare();
      if (freeze) body.freeze();
      const controller = new AbortController();
      const states: TrainingState[] = [];
      const { signal } = controller;
      const events = start({
        signal,
        onCheckpoint: (state) => void states.push(state),
        ...(resume && { resume }),
      });
      try {
        await drain(events, (event) => {
          if (event.kind === 'step' && event.step === stopAt) controller.abort();
        });
        return { bits: await bits(''), state: states.at(-1)! };
      } finally {
        free();
      }
    };
    const whole = await run(true, 0);
    const first = await run(true, 3);
    const resumed = await run(true, 0, first.state);
    expect(resumed.bits).toEqual(whole.bits);
    const refused = await run(false, 0, first.state).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ResumeError);
    expect((refused as Error).message).toContain('frozen: none here, ["0"] in the checkpoint');
  });

  test('rejects an entirely frozen model', async () => {
    const { model, start, free } = await prepare();
    model.freeze();
    await expect(drain(start())).rejects.toThrow(
      'fit: all parameters of the model are frozen. Call unfreeze()',
    );
    free();
  });
});
