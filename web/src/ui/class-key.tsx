import { colourScheme } from '../app/theme.ts';
import { classColour } from './class-colours.ts';

/** Classes and their colours, and the ring of a centre. */
export function ClassKey({ names, centers }: { names: readonly string[]; centers: boolean }) {
  const scheme = colourScheme.value;
  return (
    <ul class="keys" key={scheme}>
      {names.map((name, label) => (
        <li key={name}>
          <i style={{ background: classColour(label) }} />
          {name}
        </li>
      ))}
      {centers && (
        <li>
          <i class="ring" />
          centre
        </li>
      )}
    </ul>
  );
}
