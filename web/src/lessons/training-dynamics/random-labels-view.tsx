import type { Device } from 'feathergrad';
import { percent } from '../../lib/format.ts';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { Curves } from './curves.tsx';
import { type Point, train } from './training.ts';

const SETTINGS = { width: 16, learningRate: 0.01, weightDecay: 0, pictures: 80 };

/** The curves of 80 pictures with the right labels or with meaningless ones. */
export function RandomLabelsView({ device, broken }: { device: Device; broken: boolean }) {
  const { value, trouble } = useLatest(String(broken), async () => ({
    points: await inTurn(() => train(device, { ...SETTINGS, isShuffled: broken })),
    broken,
  }));
  if (!value) return trouble === null ? <p class="soft">Training …</p> : <Trouble text={trouble} />;
  const last = value.points.at(-1) as Point;
  return (
    <div class="stack">
      <Curves points={value.points} />
      <p role="status" data-testid="labels">
        With {value.broken ? 'meaningless' : 'the right'} labels your device reached{' '}
        {percent(last.trainAccuracy)} on the training pictures and {percent(last.validationAccuracy)} on the
        validation pictures.{' '}
        {value.broken
          ? 'The network has learned the labels by heart. There was nothing else to learn.'
          : 'A guess would reach 50 %.'}
      </p>
      <Trouble text={trouble} />
    </div>
  );
}
