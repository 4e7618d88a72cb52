import type { Device } from 'feathergrad';
import { Figure } from '../../ui/pieces.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { variances } from './naive.ts';

const OFFSETS = [0, 1, 10, 100, 1000, 3000, 10_000] as const;

/** The variance of numbers with a known spread, far from zero. */
export function BreakView({ device, broken }: { device: Device; broken: boolean }) {
  const [offset, setOffset] = useUrlState('offset', 1000, [0, 10_000]);
  const { value, trouble } = useLatest(`${offset}`, () => variances(device, offset));
  const shown = value && (broken ? value.short : value.ours);
  return (
    <div class="two-sides">
      <Slider
        label="Mean of the numbers"
        value={offset}
        steps={OFFSETS}
        show={(v) => v.toLocaleString('en-GB')}
        onValue={setOffset}
      />
      <div class="stack">
        <Trouble text={trouble} />
        {value && shown !== null && (
          <>
            <dl class="figures">
              <Figure name="Variance, in double" value={value.exact.toFixed(3)} testId="exact-variance" />
              <Figure
                name={broken ? 'by the short formula' : 'by Welford’s update'}
                value={shown.toFixed(3).replace('-', '−')}
                testId="broken-variance"
              />
              <Figure
                name="1 / √variance"
                value={shown > 0 ? (1 / Math.sqrt(shown)).toFixed(3) : 'none'}
                testId="broken-rstd"
              />
            </dl>
            <p>{verdict(shown, value.exact, broken)}</p>
          </>
        )}
      </div>
    </div>
  );
}

function verdict(shown: number, exact: number, broken: boolean): string {
  if (!broken) return 'Distances from the mean stay small, no matter how far the numbers are from zero.';
  if (shown <= 0) return 'The variance is not above 0, so its square root is NaN, and the network is lost.';
  if (Math.abs(shown / exact - 1) > 0.002) {
    return 'Two large, nearly equal numbers were subtracted. Of their seven digits only the last ones are left, and those are rounding errors.';
  }
  return 'Near zero the short formula is accurate. Move the mean away from zero.';
}
