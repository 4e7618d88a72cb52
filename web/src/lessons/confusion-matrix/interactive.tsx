import type { Device } from 'feathergrad';
import { percent } from '../../lib/format.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { accuracyOf, confusions, TESTED, TRAINED } from './classifier.ts';
import { MatrixTable } from './matrix-table.tsx';
import { GROUPS } from './people.ts';

export function Interactive({ device }: { device: Device }) {
  const [percentB, setPercentB] = useUrlState('b', 0, [0, 100]);
  const shareB = Math.round(percentB) / 100;
  const { value, trouble } = useLatest(String(shareB), () => confusions(device, shareB));
  return (
    <div class="stack">
      <Slider
        label="Share of group B in the training set"
        value={Math.round(percentB)}
        min={0}
        max={100}
        step={5}
        show={(share) => `${share} %, ${Math.round((share / 100) * TRAINED)} of ${TRAINED} people`}
        onValue={setPercentB}
        testId="share-b"
      />
      <Trouble text={trouble} />
      {!value && trouble === null && <p class="soft">Training …</p>}
      {value && (
        <>
          {GROUPS.map((group) => (
            <MatrixTable
              key={group}
              matrix={value[group]}
              title={`${TESTED} test people of group ${group}`}
              testId={`matrix-${group}`}
            />
          ))}
          <p role="status" data-testid="overall">
            Nine in ten users belong to group A. For them together the accuracy would be{' '}
            <b>{percent(0.9 * accuracyOf(value.A) + 0.1 * accuracyOf(value.B))}</b>; this single number says
            little about group B.
          </p>
        </>
      )}
    </div>
  );
}
