/** An element of a recorded figure: name, attributes, children; a canvas has its pixels as base64 PNG. */
export type RecordedNode =
  | string
  | [name: string, attributes: Record<string, string>, ...children: RecordedNode[]];

/** A figure as a real run showed it; `web/record-lessons.mjs` writes these files. */
export interface Recording {
  /** the device of the run */
  device: string;
  /** the day of the run, such as 2026-11-30 */
  date: string;
  figure: RecordedNode[];
}

const files = import.meta.glob<Recording>('./*.json', { import: 'default' });

/** Loads the recording of a lesson; null if there is none. */
export async function loadRecording(slug: string): Promise<Recording | null> {
  const load = files[`./${slug}.json`];
  return load ? load() : null;
}
