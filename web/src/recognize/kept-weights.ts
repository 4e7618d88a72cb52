import { database, type KeptWeights } from '../lib/storage.ts';
import type { Project } from '../studio/project.ts';
import { listProjects } from '../studio/storage.ts';

/** The weights of the latest run on Train, or of the run before it; undefined if there are none or storage is disabled. */
export async function keptWeights(
  which: 'trained' | 'previous' = 'trained',
): Promise<KeptWeights | undefined> {
  try {
    return await (await database()).get('weights', which);
  } catch {
    return undefined;
  }
}

/** Returns the projects of the studio that have weights. */
export async function projectsWithWeights(): Promise<Project[]> {
  try {
    return (await listProjects()).filter(({ result }) => result !== null);
  } catch {
    return []; // storage is disabled
  }
}
