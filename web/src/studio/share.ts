import { parseSetting, type Recipe } from 'feathergrad';
import { SETTING_LIST } from '../train/settings.ts';
import { PRESETS, type PresetName } from './plan.ts';
import { newProject, type Project, type Subject } from './project.ts';

// A link to the studio carries names and settings, and neither pictures nor weights.

/** Returns a link to the settings of a project. */
export function shareLink({ name, classes, subject, plan }: Project): string {
  const params = new URLSearchParams({ name, subject, preset: plan.preset });
  for (const { name: one } of classes) params.append('class', one);
  for (const [key, value] of Object.entries(plan.changes)) params.set(key, String(value));
  return `${location.href.split('#')[0]}#/studio?${params}`;
}

/** A project from a link, and the parts of the link that make no sense. */
export interface Shared {
  project: Project;
  wrong: string[];
}

/** Reads a link; null if it carries nothing. */
export function projectFrom(params: URLSearchParams): Shared | null {
  if ([...params.keys()].length === 0) return null;
  const wrong: string[] = [];
  const choice = <T extends string>(key: string, values: readonly T[], usual: T): T => {
    const given = params.get(key);
    if (given === null) return usual;
    const found = values.find((value) => value === given);
    if (!found) wrong.push(`${key}=${given} (expected one of ${values.join(', ')})`);
    return found ?? usual;
  };
  const subject = choice<Subject>('subject', ['anything', 'faces'], 'anything');
  const preset = choice<PresetName>(
    'preset',
    PRESETS.map(([name]) => name),
    'quick',
  );
  const changes: Record<string, unknown> = {};
  for (const key of SETTING_LIST) {
    const text = params.get(key);
    if (text === null) continue;
    const parsed = parseSetting(key, text);
    if ('value' in parsed) changes[key] = parsed.value;
    else wrong.push(`${key}=${text} (${parsed.wrong})`);
  }
  const classes = uniqueNames(params.getAll('class'));
  const name = params.get('name')?.trim().slice(0, 60) || 'Shared project';
  const made = newProject(name, classes.length > 0 ? classes : undefined, subject);
  return {
    project: { ...made, plan: { preset, start: 'shipped', changes: changes as Partial<Recipe> } },
    wrong,
  };
}

const MOST_CLASSES = 100;

function uniqueNames(names: readonly string[]): string[] {
  const tidy = names.map((name) => name.trim().slice(0, 40)).filter((name) => name !== '');
  const seen = new Set<string>();
  return tidy
    .filter((name) => {
      const key = name.toLowerCase();
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    })
    .slice(0, MOST_CLASSES);
}
