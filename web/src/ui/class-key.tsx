import { colorScheme } from '../app/theme.ts';
import { classColor } from './class-colors.ts';

/** Legend of the classes and their colors, and of the centers. */
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
