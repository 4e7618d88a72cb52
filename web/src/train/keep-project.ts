import {
  type Curves,
  fingerprintOf,
  freeName,
  newProject,
  type Project,
  type Result,
} from '../studio/project.ts';
import { listProjects, putWhole } from '../studio/storage.ts';
import type { EpochPoint } from './messages.ts';
import type { Settings } from './settings.ts';
import { DATA_KINDS } from './settings.ts';

/** What is known about a run on the Train page. */
export interface RunFacts {
  settings: Settings;
  classNames: readonly string[];
  steps: Curves['steps'];
  epochs: readonly EpochPoint[];
}

/**
 * Stores the weights of a run as a project of the studio, without pictures, so that they can be saved, tried and renamed
 * after a reload. Returns the project's name.
 */
export async function keepAsProject(bytes: Uint8Array<ArrayBuffer>, run: RunFacts): Promise<string> {
  const { settings, classNames, steps, epochs } = run;
  const taken = (await listProjects()).map(({ name }) => name);
  const kind = new Map(DATA_KINDS).get(settings.data) ?? '';
  const project: Project = newProject(freeName(`Trained on ${kind}`, taken), classNames, 'faces');
  const best = epochs.reduce<EpochPoint | null>(
    (most, epoch) => ((epoch.validAccuracy ?? -1) > (most?.validAccuracy ?? -1) ? epoch : most),
    null,
  );
  const result: Result = {
    accuracy: best?.validAccuracy ?? null,
    validated: best?.confusion?.flat().reduce((sum, n) => sum + n, 0) ?? 0,
    seconds: null,
    steps: steps.at(-1)?.step ?? 0,
    network: settings.model,
    at: Date.now(),
    classNames: [...classNames],
    subject: 'faces',
    pictures: fingerprintOf(project, []),
    curves: {
      steps,
      epochs: epochs.map(({ step, validLoss, validAccuracy }) => ({ step, validLoss, validAccuracy })),
      marks: [],
    },
  };
  await putWhole({
    project: { ...project, result },
    shots: [],
    model: { project: project.id, bytes },
    start: undefined,
  });
  return project.name;
}
