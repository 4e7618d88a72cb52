import { useState } from 'preact/hooks';
import { Trouble } from '../lessons/pieces/trouble.tsx';
import { messageOf } from '../lib/errors.ts';
import { heatImage } from '../ui/heat.ts';
import { FaceCanvas } from '../ui/pieces.tsx';
import { digits, type Place } from './explanation.ts';
import { type GlobalGradient, globalGradient } from './gradients.ts';
import { SIDE } from './subject.ts';
import type { Step, Trace } from './trace.ts';

/** The gradient of the number through all layers before it. */
export function Pull(props: {
  trace: Trace;
  step: Step;
  place: Place;
  run: <T>(work: () => Promise<T>) => Promise<T>;
}) {
  const { trace, step, place, run } = props;
  const [found, setFound] = useState<GlobalGradient | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const follow = async () => {
    setBusy(true);
    try {
      setFound(await run(() => globalGradient(trace, step, place)));
    } catch (error) {
      setTrouble(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const strongest = Math.max(...(found?.layers.map(({ strength }) => strength) ?? []), 0);
  return (
    <section class="stack" aria-labelledby="pull-title">
      <h3 id="pull-title">What this number pulls on</h3>
      {!found && (
        <>
          <p>
            Follow its gradient backward through all layers before it: which pixels of the image and which
            weights would change it most?
          </p>
          <div class="buttons">
            <button type="button" class="button" disabled={isBusy} onClick={() => void follow()}>
              {isBusy ? 'Running …' : 'Follow the gradient'}
            </button>
          </div>
        </>
      )}
      <Trouble text={trouble} />
      {found && (
        <div class="pull" data-testid="pull">
          <div class="tile">
            <FaceCanvas
              image={saliency(found.image)}
              label="How strongly each pixel of the image changes this number"
            />
            <p class="soft small">Bright pixels of the image change this number most.</p>
          </div>
          <dl class="pull-bars" aria-label="How strongly it pulls on the weights of each layer">
            {found.layers.map(({ path, strength }) => (
              <div key={path} style={{ '--bar': strongest > 0 ? strength / strongest : 0 }}>
                <dt>{path}</dt>
                <dd>{digits(Number(strength.toPrecision(3)))}</dd>
              </div>
            ))}
          </dl>
          <p class="soft small">
            The root mean square of the gradient over the weights of each layer. Layers that are missing have
            no influence on this number.
          </p>
        </div>
      )}
    </section>
  );
}

function saliency(gradient: Float32Array): ImageData {
  const strength = Float32Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.hypot(gradient[3 * i] ?? 0, gradient[3 * i + 1] ?? 0, gradient[3 * i + 2] ?? 0),
  );
  return heatImage(strength, SIDE, SIDE);
}
