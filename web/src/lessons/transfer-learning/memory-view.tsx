import type { Device } from 'feathergrad';
import { percent } from '../../lib/format.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { CLASSES, PEOPLE } from './faces.ts';
import { pixelsOf } from './features.ts';
import { trainLastLayer } from './last-layer.ts';

/** People whose faces get random labels. */
export const LABELED = 5;

/** A layer that learns random labels, measured on its training faces or on other people. */
export function MemoryView({ device, broken }: { device: Device; broken: boolean }) {
  const { value, trouble } = useLatest('labels', async () =>
    trainLastLayer(device, await pixelsOf(device), LABELED, true),
  );
  if (!value) return <Trouble text={trouble} />;
  const [known, others] = [value.train.at(-1) ?? 0, value.test.at(-1) ?? 0];
  return (
    <p role="status" data-testid="memory">
      {broken
        ? `Measured on its ${CLASSES.length * LABELED} training faces, the layer gives ${percent(known)} of them the label from the training set. That looks like success, but the labels mean nothing: the layer has learned them by heart.`
        : `Measured on the faces of ${PEOPLE.test} other people, the layer names ${percent(others)} correctly. Guessing gives ${percent(1 / CLASSES.length)}, so it has learned nothing about expressions.`}
    </p>
  );
}
