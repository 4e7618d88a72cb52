// What a run has shown so far, in the form that the page draws.
import type { Output } from './sandbox/messages.ts';

export type TensorOutput = Output & { kind: 'tensor' };

export type Item =
  | { kind: 'text'; id: number; text: string; isProblem: boolean }
  | { kind: 'tensor'; id: number; tensor: TensorOutput }
  | {
      kind: 'chart';
      id: number;
      title: string;
      names: readonly string[];
      /** x, which counts from 1, and the values of each line */
      data: readonly (readonly (number | null)[])[];
    };

/** More items are not drawn, so that a loop cannot freeze the page. */
export const MOST_ITEMS = 300;
const MOST_CHARACTERS = 50_000;

/** Returns the items with one more output: texts in a row become one item, points with one title one chart. */
export function withOutput(items: readonly Item[], output: Output): readonly Item[] {
  const last = items.at(-1);
  const id = items.length;
  if (output.kind === 'point') return withPoint(items, output);
  if (output.kind === 'text' && last?.kind === 'text' && last.isProblem === output.isProblem) {
    if (last.text.length > MOST_CHARACTERS) return items;
    return [...items.slice(0, -1), { ...last, text: `${last.text}\n${output.text}` }];
  }
  if (items.length >= MOST_ITEMS) return items;
  if (output.kind === 'tensor') return [...items, { kind: 'tensor', id, tensor: output }];
  return [...items, { kind: 'text', id, text: output.text, isProblem: output.isProblem }];
}

function withPoint(items: readonly Item[], { chart, values }: Output & { kind: 'point' }): readonly Item[] {
  const at = items.findIndex((one) => one.kind === 'chart' && one.title === chart);
  const before = items[at];
  const known: Pick<Item & { kind: 'chart' }, 'names' | 'data'> =
    before?.kind === 'chart' ? before : { names: [], data: [[]] };
  const names = [...known.names, ...Object.keys(values).filter((name) => !known.names.includes(name))];
  const steps = known.data[0] ?? [];
  const value = (name: string) => {
    const one = values[name];
    return one !== undefined && Number.isFinite(one) ? one : null;
  };
  const data = [
    [...steps, steps.length + 1],
    ...names.map((name, i) => [...(known.data[i + 1] ?? steps.map(() => null)), value(name)]),
  ];
  const id = before?.id ?? items.length;
  const item: Item = { kind: 'chart', id, title: chart, names, data };
  if (before) return items.with(at, item);
  return items.length >= MOST_ITEMS ? items : [...items, item];
}
