import type { Device } from 'feathergrad';
import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { short } from '../../lib/format.ts';
import { Figure } from '../../ui/pieces.tsx';
import { inTurn } from '../device.ts';
import { RgbPixels } from '../pieces/pixels.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { Mixing, MOST_STEPS, SIDE } from './mixing.ts';

interface Seen {
  /** whether it was learned without the pointwise half */
  broken: boolean;
  input: Float32Array;
  target: Float32Array;
  face: Float32Array;
  loss: number;
  steps: number;
}

/** Learns live with and without the pointwise half. */
export function MixingView({ device, broken }: { device: Device; broken: boolean }) {
  const [seen, setSeen] = useState<Seen | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isGone = false;
    setSeen(null);
    setTrouble(null);
    const train = async () => {
      const mixing = new Mixing(device, !broken);
      try {
        const before = await mixing.before();
        while (!isGone && mixing.steps < MOST_STEPS) {
          const found = await inTurn(() => mixing.advance());
          if (!isGone) setSeen({ ...before, ...found, steps: mixing.steps, broken });
        }
      } catch (error) {
        if (!isGone) setTrouble(messageOf(error));
      } finally {
        mixing.dispose();
      }
    };
    void train();
    return () => {
      isGone = true;
    };
  }, [device, broken, round]);
  if (trouble !== null) return <Trouble text={trouble} />;
  if (seen?.broken !== broken) return <p class="soft">Starting …</p>;
  const isDone = seen.steps >= MOST_STEPS;
  const face = (values: Float32Array, label: string) => (
    <figure>
      <RgbPixels values={values} height={SIDE} width={SIDE} label={label} />
      <figcaption>{label}</figcaption>
    </figure>
  );
  return (
    <div class="stack">
      <div class="faces-row">
        {face(seen.input, 'input')}
        {face(seen.target, 'wanted: colors turned')}
        {face(seen.face, broken ? 'depthwise alone' : 'depthwise + pointwise')}
      </div>
      <dl class="figures">
        <Figure name="Step" value={String(seen.steps)} testId="mixing-step" />
        <Figure name="Mean squared difference" value={short(seen.loss)} testId="mixing-loss" />
      </dl>
      <p role="status">
        {!isDone
          ? 'Learning …'
          : broken
            ? 'It gets stuck: each output channel sees only one input channel, and no filter can turn green into red.'
            : 'The three by three weights of the pointwise layer are sufficient.'}
      </p>
      <button type="button" class="button" disabled={!isDone} onClick={() => setRound(round + 1)}>
        Learn again
      </button>
    </div>
  );
}
