// Lessons by keyboard: what reacts to the pointer is a control, handles keys, or has a slider for the same value.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import { root } from '../../scripts/run.mjs';
import { LESSONS } from '../../web/src/lessons/plan.ts';

const folder = join(root, 'web/src/lessons');
const CONTROLS = new Set(['a', 'button', 'input', 'label', 'select', 'summary', 'textarea']);

/** An element of JSX: its name and the names of its attributes. */
interface Element {
  name: string;
  attributes: string[];
}

function elementsIn(node: unknown): Element[] {
  if (Array.isArray(node)) return node.flatMap(elementsIn);
  if (typeof node !== 'object' || node === null) return [];
  const one = node as {
    type?: string;
    name?: { name?: string };
    attributes?: { name?: { name?: string } }[];
  };
  const inside = Object.values(one).flatMap(elementsIn);
  if (one.type !== 'JSXOpeningElement') return inside;
  const attributes = (one.attributes ?? []).map(({ name }) => name?.name ?? '...');
  return [{ name: one.name?.name ?? '', attributes }, ...inside];
}

const handlesKeys = ({ attributes }: Element) =>
  attributes.includes('tabIndex') && attributes.includes('onKeyDown');

/** Names the elements that only a pointer can use: neither they nor another element of the file handle keys. */
function onlyByPointer(name: string, source: string): string[] {
  const elements = elementsIn(parseSync(name, source).program.body);
  if (elements.some(handlesKeys)) return [];
  return elements
    .filter(({ name, attributes }) => {
      const isElement = /^[a-z]/.test(name) && !CONTROLS.has(name);
      const reacts = attributes.some((one) => /^on(Click|Pointer|Mouse|Touch)/.test(one));
      return isElement && reacts;
    })
    .map(({ name, attributes }) => `<${name} ${attributes.join(' ')}>`);
}

test('an element that only a pointer can use is found', () => {
  const find = (jsx: string) => onlyByPointer('a.tsx', `export const A = () => ${jsx};`);
  expect(find('<div onClick={f} />')).toEqual(['<div onClick>']);
  expect(find('<b><svg tabIndex={0} onPointerDown={f} /></b>')).toEqual(['<svg tabIndex onPointerDown>']);
  expect(find('<svg tabIndex={0} onPointerDown={f} onKeyDown={g} />')).toEqual([]);
  expect(find('<button type="button" onClick={f} />')).toEqual([]);
});

test.each(['.', 'pieces', 'exercises', ...LESSONS.map(({ slug }) => slug)])(
  '%s can be operated by keyboard',
  (name) => {
    const files = readdirSync(join(folder, name)).filter((file) => file.endsWith('.tsx'));
    const sources = files.map((file) => readFileSync(join(folder, name, file), 'utf8'));
    expect(files.flatMap((file, i) => onlyByPointer(file, sources[i] as string))).toEqual([]);
    const isDragged = sources.some((text) => text.includes('useDrag<'));
    if (isDragged) expect(sources.join('\n')).toMatch(/<(Slider|PlaceSliders)\b/);
  },
);
