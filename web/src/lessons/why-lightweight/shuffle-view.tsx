import type { Device } from 'feathergrad';
import { NumberGrid } from '../convolution/number-grid.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { CHANNELS, reach } from './shuffle.ts';

/** Which inputs each output of two grouped convolutions sees, with the shuffle between them or without. */
export function ShuffleView({ device, broken }: { device: Device; broken: boolean }) {
  const { value, trouble } = useLatest(String(broken), () => reach(device, !broken));
  if (!value) return <Trouble text={trouble} />;
  const seen = value.filter((one) => one === 1).length;
  return (
    <div class="stack">
      <NumberGrid
        caption="Row: output channel. Column: input channel. 1: the output depends on the input"
        values={value}
        side={CHANNELS}
        isMarked={(i) => value[i] === 1}
      />
      <p role="status" data-testid="reach">
        {seen === CHANNELS * CHANNELS
          ? 'Every output depends on every input, with half of the weights of dense convolutions.'
          : `Only ${seen} of ${CHANNELS * CHANNELS} connections are there: the two halves never hear of each other.`}
      </p>
    </div>
  );
}
