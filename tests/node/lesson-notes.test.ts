// Notes on the kernels: each belongs to exactly one line of its kernel, and they follow the order of the lines.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/run.mjs';
import type { KernelNote } from '../../web/src/lessons/kernel-note.ts';
import { en } from '../../web/src/text/en.ts';

const folder = join(root, 'web/src/lessons');
const lessons = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('/lesson.tsx'))
  .map((file) => dirname(file));

test.each(lessons)(
  '%s: each note belongs to one line of the kernel, and all lines have a note',
  async (slug) => {
    const path = join(folder, slug, 'lesson.tsx');
    const kernel = readFileSync(path, 'utf8').match(/import source from '(.+\.wgsl)\?raw'/)?.[1];
    if (!kernel) throw new Error(`${slug} imports no kernel`);
    const lines = readFileSync(join(dirname(path), kernel), 'utf8').split('\n');
    const module = (await import(join(folder, slug, 'notes.ts'))) as
      | { notes: readonly KernelNote[] }
      | { notesIn(texts: typeof en): readonly KernelNote[] };
    const notes = 'notes' in module ? module.notes : module.notesIn(en);
    const places = notes.map(({ from }) => {
      const found = lines.flatMap((line, i) => (line.includes(from) ? [i] : []));
      expect(found, `lines with “${from}”`).toHaveLength(1);
      return found[0] as number;
    });
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0], 'the first line has a note').toBe(0);
    expect(notes.length).toBeGreaterThanOrEqual(3);
    for (const { text } of notes) expect(text, 'a note ends with a sentence').toMatch(/[.?!)]$/);
  },
);
