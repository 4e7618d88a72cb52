import type { Device } from 'feathergrad';
import { Figure } from '../../ui/pieces.tsx';
import { SIDE } from '../pieces/face.ts';
import { HeatPixels, RgbPixels } from '../pieces/pixels.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { useOwned } from '../pieces/use-owned.ts';
import { AttentionPair } from './attention-pair.ts';
import { useLight } from './use-light.ts';

/** Both directions, or only the rows. */
export function BreakView({ device, broken }: { device: Device; broken: boolean }) {
  const pair = useOwned([device], () => new AttentionPair(device));
  const { face, light } = useLight();
  const { value, trouble } = useLatest(JSON.stringify({ face, light, broken }), async () => {
    const { product, output } = await (broken ? pair.lookByRow(face, light) : pair.look(face, light));
    return { product, output, broken };
  });
  if (!value) return trouble ? <Trouble text={trouble} /> : <p class="soft">Computing …</p>;
  const top = Math.max(...value.product);
  const share = value.product.filter((gate) => gate >= top / 2).length / value.product.length;
  return (
    <div class="stack">
      <Trouble text={trouble} />
      <div class="maps narrow">
        <HeatPixels
          values={value.product}
          height={SIDE}
          width={SIDE}
          range={[0, 1]}
          label="How open each place is"
        />
        <RgbPixels values={value.output} height={SIDE} width={SIDE} label="The face after it" />
      </div>
      <dl class="figures">
        <Figure
          name="At least half open"
          value={(100 * share).toFixed(1)}
          unit="% of the face"
          testId="open-share"
        />
      </dl>
      <p>
        {value.broken
          ? 'A band: the row gates know the patch’s height, but not its horizontal position. They cannot distinguish an eye from the ear at the same height.'
          : 'A spot: the row gives the height, the column the horizontal position, and only their product is a place.'}
      </p>
    </div>
  );
}
