import { bytes, count, duration, percent, short } from '../../lib/format.ts';
import { Figure } from '../../ui/pieces.tsx';
import { epochs, gpuBytes, lastStep, runSettings, runState } from '../store.ts';

/** Key figures of the run. */
export function Figures() {
  const last = lastStep.value;
  const { epochs: total, batch } = runSettings.value;
  const best = epochs.value.reduce<number | null>(
    (most, { validAccuracy }) => (validAccuracy === null ? most : Math.max(most ?? 0, validAccuracy)),
    null,
  );
  const rate = last?.imagesPerSecond ?? 0;
  const stepsLeft = last ? total * last.stepsPerEpoch - last.step : 0;
  const left = last && rate > 0 ? (stepsLeft * batch) / rate : null;
  const [memory, unit] = bytes(gpuBytes.value);
  const isOver = runState.value.name === 'ended';
  return (
    <dl class="figures">
      <Figure name="Epoch" value={last ? `${last.epoch}` : '–'} unit={`of ${total}`} />
      <Figure
        name="Step"
        testId="step"
        value={last ? count(last.step) : '–'}
        unit={last ? `of ${count(total * last.stepsPerEpoch)}` : ''}
      />
      <Figure name="Loss" testId="loss" value={last ? short(last.loss) : '–'} />
      <Figure name="Best accuracy" value={best === null ? '–' : percent(best)} />
      <Figure name="Images/s" value={last ? short(rate) : '–'} />
      <Figure name="GPU memory" value={last ? memory : '–'} unit={last ? unit : ''} />
      <Figure name="Time left" value={left === null || isOver ? '–' : duration(left)} />
    </dl>
  );
}
