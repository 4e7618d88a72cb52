import type { Result } from '../../../bench/lib/result-format.ts';

/** Patterns of engines in a result or a user agent; Chrome's user agent also names Safari. */
const ENGINES: readonly (readonly [string, RegExp])[] = [
  ['Node', /\bNode (\d+)/],
  ['Deno', /\bDeno (\d+)/],
  ['Bun', /\bBun (\d+)/],
  ['Firefox', /\bFirefox\/(\d+)/],
  ['Edge', /\bEdg\/(\d+)/],
  ['Chrome', /Chrome\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)\S* .*Safari\//],
];

/**
 * Returns engine and way of measuring, such as `Node 20, alone`, which distinguish the results of one device: libraries that
 * are measured together take turns.
 */
export function conditionsOf({ system, rows }: Pick<Result, 'system' | 'rows'>): string {
  const way = new Set(rows.map(({ library }) => library)).size > 1 ? 'taking turns' : 'alone';
  for (const [name, pattern] of ENGINES) {
    const version = pattern.exec(system.engine)?.[1];
    if (version) return `${name} ${version}, ${way}`;
  }
  return `${system.engine.slice(0, 40)}, ${way}`;
}
