import { useSignalEffect } from '@preact/signals';
import { EXPRESSIONS } from 'feathergrad/data';
import { FaceCanvas } from '../../ui/pieces.tsx';
import type { Face } from '../messages.ts';
import { shotClasses, shotCounts, shots } from '../shots.ts';
import { drawSheet, given, noGpu, settings, sheet } from '../store.ts';

/** The training images, one row per class; shown before the first run. */
export function Sheet() {
  useSignalEffect(() => {
    settings.value.seed;
    if (settings.value.data === 'drawn' && noGpu.value === null) drawSheet();
  });
  const { data } = settings.value;
  if (data === 'drawn') return <Rows faces={sheet.value} names={EXPRESSIONS} title="Training pictures" />;
  if (data === 'shots') return <Shots />;
  const state = given[data].value;
  if (state.name !== 'ready')
    return <p class="soft">Your pictures will appear here before training starts.</p>;
  const { faces, classNames, counts } = state.summary;
  return <Rows faces={faces} names={classNames} counts={counts} title="Training pictures" />;
}

function Shots() {
  const names = shotClasses.value;
  const faces = names.flatMap((name, label) =>
    shots.value
      .filter((shot) => shot.label === name)
      .slice(-10)
      .map(({ data, side }) => ({ label, image: new ImageData(new Uint8ClampedArray(data), side, side) })),
  );
  return <Rows faces={faces} names={names} counts={shotCounts.value} title="Your shots" />;
}

export function Rows(props: {
  faces: readonly Face[];
  names: readonly string[];
  counts?: readonly number[];
  title: string;
}) {
  const { faces, names, counts } = props;
  return (
    <section class="panel" aria-labelledby="sheet">
      <div class="panel-head">
        <h2 id="sheet">{props.title}</h2>
        <span class="soft small">{names.length} classes</span>
      </div>
      <ul class="sheet" aria-busy={faces.length === 0}>
        {names.map((name, label) => (
          <li key={name}>
            <span>
              {name}
              {counts && <small> {counts[label]}</small>}
            </span>
            <div class="row">
              {faces
                .filter((face) => face.label === label)
                .map((face, i) => (
                  <FaceCanvas key={i} image={face.image} label={`${name}, ${i + 1}`} />
                ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
