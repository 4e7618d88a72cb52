// The course: every lesson has its course texts, prerequisites come earlier, and the catalogs have the same keys.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import { root } from '../../scripts/run.mjs';
import type { LessonCourse } from '../../web/src/course/lesson-course.ts';
import { LESSONS } from '../../web/src/lessons/plan.ts';
import { de } from '../../web/src/text/de.ts';
import { en } from '../../web/src/text/en.ts';
import { fill } from '../../web/src/text/fill.ts';

const folder = join(root, 'web/src/lessons');

/** Returns all texts of a catalog by dotted key. */
function flatten(node: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
      typeof value === 'string'
        ? [[path + key, value] as const]
        : [...flatten(value as object, `${path}${key}.`)],
    ),
  );
}

const catalogs = { en: flatten(en), de: flatten(de) };
const placeholders = (text = '') => (text.match(/\{\w+\}/g) ?? []).toSorted();

test('both catalogs have the same keys and the same placeholders, and no text is empty', () => {
  expect([...catalogs.de.keys()].toSorted()).toEqual([...catalogs.en.keys()].toSorted());
  for (const [key, text] of catalogs.en) {
    expect(placeholders(catalogs.de.get(key)), key).toEqual(placeholders(text));
    expect(text.trim(), key).not.toBe('');
    expect(catalogs.de.get(key)?.trim(), key).not.toBe('');
  }
});

test('fill formats numbers for the language and leaves unknown names', () => {
  expect(fill('{n} of {m}', { n: 1234.5 }, 'en')).toBe('1,234.5 of {m}');
  expect(fill('{n} von {m}', { n: 1234.5, m: 'x' }, 'de')).toBe('1.234,5 von x');
});

test('the plan lists exactly the lessons that exist, with the titles of the catalog', () => {
  const there = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('/lesson.tsx'))
    .map((file) => dirname(file));
  expect(LESSONS.map(({ slug }) => slug).toSorted()).toEqual(there.toSorted());
  expect(Object.keys(en.lessons).toSorted()).toEqual(there.toSorted());
  for (const [i, { slug, title, teaser, before, minutes, isTranslated }] of LESSONS.entries()) {
    expect(existsSync(join(folder, slug, 'picture.tsx')), slug).toBe(true);
    expect(teaser).toMatch(/^[A-Z].*\w[.?]$/);
    const source = readFileSync(join(folder, slug, 'lesson.tsx'), 'utf8');
    expect(isTranslated, slug).toBe(source.includes('function lessonIn('));
    if (isTranslated) expect(Object.values(en)).toContainEqual(expect.objectContaining({ title, teaser }));
    expect(en.lessons[slug as keyof typeof en.lessons].title).toBe(title);
    expect(minutes).toBeGreaterThan(0);
    for (const one of before) {
      const at = LESSONS.findIndex((lesson) => lesson.slug === one);
      expect(at, `${slug} needs ${one} first`).toBeGreaterThanOrEqual(0);
      expect(at, `${slug} needs ${one} first`).toBeLessThan(i);
    }
  }
});

test.each(LESSONS.map(({ slug }) => slug))(
  '%s has a summary, further reading and notes for teachers',
  async (slug) => {
    const texts = (await import(join(folder, slug, 'course.ts'))) as
      | { course: LessonCourse }
      | { courseIn(catalog: typeof en): LessonCourse };
    const course = 'course' in texts ? texts.course : texts.courseIn(en);
    const module = (await import(join(folder, slug, 'exercises.ts'))) as
      | { exercises: readonly unknown[] }
      | { exercisesIn(texts: typeof en): readonly unknown[] };
    const exercises = 'exercises' in module ? module.exercises : module.exercisesIn(en);
    expect(course.takeaways).toHaveLength(3);
    expect(course.difficulties.length).toBeGreaterThanOrEqual(3);
    expect(course.reading.length).toBeGreaterThanOrEqual(1);
    for (const { href } of course.reading) {
      expect(href).toMatch(/^https:\/\/(arxiv\.org\/abs\/\d{4}\.\d{4,5}|doi\.org\/10\.\d+\/\S+)$/);
    }
    expect(exercises).toHaveLength(LESSONS.find((one) => one.slug === slug)?.exercises ?? 0);
  },
);

/** Files that a German lesson or its papers show: the frame around every lesson, and the translated lessons. */
const TRANSLATED = [
  ...['lesson-page', 'check', 'kernel-text', 'on-device', 'steps', 'course-parts', 'pieces'],
  ...['exercises/exercises-view', 'exercises/findings', 'exercises/hints', 'exercises/number-workbench'],
  ...['recorded/recorded-figure', 'pieces/trouble', 'backprop/interactive', 'backprop/descent-view'],
  ...['inverted-residual/interactive', 'inverted-residual/blocks-view', 'inverted-residual/scatter'],
  ...['../course/handout', '../course/teacher-notes'],
].map((name) => `${name}.tsx`);
const VISIBLE = new Set(['aria-label', 'title', 'label', 'alt', 'placeholder', 'aria-valuetext']);
/** Formulas, names of files and of the program. */
const NEUTRAL = /^[\s·←→,.:–()]*$|src\/kernels\/wgsl|^\s*\.wgsl,?\s*$|^feathergrad$/;

/** Returns the texts in JSX and the values of attributes that are read out or shown. */
function textsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(textsIn);
  if (typeof node !== 'object' || node === null) return [];
  const one = node as Record<string, unknown> & { name?: { name?: string }; value?: { value?: unknown } };
  if (one.type === 'JSXText') return [String(one.value)];
  if (one.type === 'JSXAttribute' && VISIBLE.has(one.name?.name ?? '')) {
    if (typeof one.value?.value === 'string') return [one.value.value];
  }
  return Object.values(one).flatMap(textsIn);
}

test.each(TRANSLATED)('%s has no visible text outside of the catalogs', (name) => {
  const { program, errors } = parseSync(name, readFileSync(join(folder, name), 'utf8'));
  expect(errors).toEqual([]);
  expect(textsIn(program.body).filter((text) => !NEUTRAL.test(text))).toEqual([]);
});
