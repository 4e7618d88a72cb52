import { colorScheme } from '../app/theme.ts';
import { classColor } from './class-colors.ts';

/** Classes and their colors, and the ring of a center. */
export function ClassKey({ names, centers }: { names: readonly string[]; centers: boolean }) {
  const scheme = colorScheme.value;
  return (
    <ul class="keys" key={scheme}>
      {names.map((name, label) => (
        <li key={name}>
          <i style={{ background: classColor(label) }} />
          {name}
        </li>
      ))}
      {centers && (
        <li>
          <i class="ring" />
          center
        </li>
      )}
    </ul>
  );
}
