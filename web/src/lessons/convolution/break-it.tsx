import type { Device } from 'feathergrad';
import { short } from '../../lib/format.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { SIDE, twoWaysBack } from './compute.ts';
import { NumberGrid } from './number-grid.tsx';

/** Not symmetric, so that turning it matters. */
const WEIGHTS = [1, 2, 0, -1, 3, 1, 0, -2, 1];

/** Compares the slopes of the pixels from the tape with a convolution by the kernel, turned or not. */
export function BreakView({ device, broken }: { device: Device; broken: boolean }) {
  const { value, trouble } = useLatest(String(broken), () => twoWaysBack(device, WEIGHTS, !broken));
  if (!value) return <Trouble text={trouble} />;
  const { tape, convolution } = value;
  const differs = (i: number) => Math.abs((tape[i] ?? 0) - (convolution[i] ?? 0)) > 1e-4;
  const count = tape.filter((_, i) => differs(i)).length;
  const largest = Math.max(...tape.map((one, i) => Math.abs(one - (convolution[i] ?? 0))));
  return (
    <div class="stack">
      <div class="grids">
        <NumberGrid caption="Slopes from the tape" values={tape} side={SIDE} />
        <NumberGrid
          caption="The same as a convolution"
          values={convolution}
          side={SIDE}
          isMarked={differs}
          testId="as-convolution"
        />
      </div>
      <p role="status" data-testid="turned">
        {count === 0
          ? 'All 49 slopes agree: the way back is a convolution with the turned kernel.'
          : `${count} of 49 slopes are wrong, by up to ${short(largest)}.`}
      </p>
    </div>
  );
}
