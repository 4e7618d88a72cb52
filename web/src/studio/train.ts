import { transfer } from 'comlink';
import { centerSquare } from '../lib/crop.ts';
import { messageOf } from '../lib/errors.ts';
import { percent } from '../lib/format.ts';
import { hasShipped } from '../lib/shipped.ts';
import { offerUndo } from '../ui/undo.ts';
import { engine } from './engine.ts';
import { asOnlyTab, discardInterrupted, findInterrupted, interrupted } from './interrupted.ts';
import type { GivenShot, Trained } from './messages.ts';
import { presetRecipe, withTenthOfRate } from './plan.ts';
import { fingerprintOf, type PlanChoice, type Project, type TrainedModel } from './project.ts';
import { beginRun, curves, runState } from './run.ts';
import { type InterruptedRun, saveModel, saveProject, saveStartFile } from './storage.ts';
import {
  keep,
  modelVersion,
  problem,
  project,
  projects,
  shots,
  startFile,
  trained,
  update,
  usable,
  useTrained,
} from './store.ts';

/** Fewest pictures of a class. */
export const LEAST = 2;
/** Number of pictures per class from which training usually works. */
export const ADVISED = 10;

/** Returns what is missing before training can start, or null. */
export function missing(): string | null {
  const { classes, subject } = project.value;
  if (classes.length < 2) return 'Add a second class.';
  const counts = classes.map(({ id }) => usable.value.filter(({ classId }) => classId === id).length);
  const at = counts.findIndex((count) => count < LEAST);
  if (at < 0) return null;
  const what = subject === 'faces' ? 'pictures with a face' : 'pictures';
  return `Add ${what} to “${classes[at]?.name}”. Each class needs at least ${LEAST}, better ${ADVISED} or more.`;
}

/** The plan as it is carried out: without built-in weights, or with a file that is gone, it starts at random. */
export function effectivePlan({ plan }: Project, hasFile: boolean): PlanChoice {
  if (plan.start === 'file' && !hasFile) return { ...plan, start: hasShipped ? 'shipped' : 'random' };
  return plan.start === 'shipped' && !hasShipped ? { ...plan, start: 'random' } : plan;
}

/** Trains the open project. */
export const train = (): Promise<void> => {
  const file = startFile.peek();
  return run(effectivePlan(project.peek(), file !== null), { isResumed: false });
};

/** Whether the pictures and classes of the open project are still those of an interrupted training. */
export const isResumable = ({ project: of, pictures }: InterruptedRun): boolean =>
  of === project.value.id && pictures === fingerprintOf(project.value, shots.value);

/** Resumes the interrupted training of the open project, with its plan. */
export async function resume(): Promise<void> {
  const found = interrupted.peek();
  if (found && isResumable(found)) await run(found.plan, { isResumed: true });
}

async function run(plan: PlanChoice, { isResumed }: { isResumed: boolean }): Promise<void> {
  const now = project.peek();
  const isAlone = await asOnlyTab(now.id, () => runAlone(now, plan, isResumed));
  if (!isAlone) problem.value = 'Another tab is training this project. Wait until it has ended.';
}

async function runAlone(now: Project, plan: PlanChoice, isResumed: boolean): Promise<void> {
  const file = startFile.peek();
  const fingerprint = fingerprintOf(now, shots.peek());
  problem.value = null;
  interrupted.value = null;
  /** set once the weights arrive, which is before the worker says that it has ended */
  let stored: Promise<void> = Promise.resolve();
  beginRun(now.id, (result) => {
    stored = finish(now, fingerprint, result);
  });
  const given: GivenShot[] = usable.peek().map(({ picture, width, height, face, classId, name }) => ({
    picture,
    window: now.subject === 'faces' && face ? face : centerSquare(width, height),
    label: now.classes.findIndex(({ id }) => id === classId),
    name,
  }));
  try {
    await engine().train({
      classNames: now.classes.map(({ name }) => name),
      subject: now.subject,
      plan,
      shots: given.filter(({ label }) => label >= 0),
      start: plan.start === 'file' ? (file?.bytes ?? null) : null,
      name: now.name,
      project: now.id,
      pictures: fingerprint,
      isResumed,
    });
    await stored;
    const ended = runState.peek();
    if (ended.name === 'failed') await useTrained(); // instead of the half-trained network
    if (ended.name !== 'failed' || ended.isDiverged) await discardInterrupted(now.id);
    else await findInterrupted(now.id);
  } catch (error) {
    runState.value = {
      name: 'failed',
      title: 'Training did not start',
      message: messageOf(error),
      isDiverged: false,
    };
  }
}

export async function stop(): Promise<void> {
  runState.value = { name: 'stopping' };
  await engine().stop();
}

/** Trains again with a tenth of the learning rate, after a run that diverged. */
export async function trainSlower(): Promise<void> {
  const { plan } = project.peek();
  await update({ plan: withTenthOfRate(plan, usable.peek().length) });
  await train();
}

/** The learning rate of the next run. */
export const learningRate = (): number =>
  project.value.plan.changes.learningRate ??
  presetRecipe(project.value.plan.preset, usable.value.length).learningRate ??
  1e-3;

/** Stores the weights of a run. Weights that they replace can be brought back. */
async function finish(before: Project, fingerprint: string, result: Trained): Promise<void> {
  const { bytes, accuracy, validated, seconds, steps, network, sure } = result;
  const old = { model: trained.peek(), result: before.result };
  const model: TrainedModel = { project: before.id, bytes };
  const isShown = project.peek().id === before.id;
  const made = {
    accuracy,
    validated,
    seconds,
    steps,
    network,
    sure,
    at: Date.now(),
    classNames: before.classes.map(({ name }) => name),
    subject: before.subject,
    pictures: fingerprint,
    curves: curves.peek(),
  };
  await keep(() => saveModel(model));
  if (!isShown) {
    const stored = projects.peek().find(({ id }) => id === before.id) ?? before;
    await keep(() => saveProject({ ...stored, result: made, changed: Date.now() }));
    return;
  }
  trained.value = model;
  modelVersion.value++;
  await update({ result: made });
  if (!old.model || !old.result) return;
  const kept = old.model;
  const earlier = old.result.accuracy === null ? 'earlier' : `earlier (${percent(old.result.accuracy)})`;
  offerUndo(`Replaced the ${earlier} weights of this project`, async () => {
    await keep(() => saveModel(kept));
    if (project.peek().id !== before.id) return;
    trained.value = kept;
    await update({ result: old.result });
    await useTrained();
  });
}

/** Chooses a weights file to start from. It is checked at once. */
export async function chooseStartFile(file: File): Promise<void> {
  const { id, classes, plan } = project.peek();
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const copy = bytes.slice();
    const recipe = { ...presetRecipe(plan.preset, usable.peek().length), ...plan.changes };
    const names = classes.length < 2 ? ['a', 'b'] : classes.map(({ name }) => name);
    await engine().checkStart(transfer(copy, [copy.buffer]), recipe, names);
    startFile.value = { project: id, name: file.name, bytes };
    problem.value = null;
    await update({ plan: { ...plan, start: 'file' } });
    await keep(() => saveStartFile({ project: id, name: file.name, bytes }));
  } catch (error) {
    problem.value = `${file.name} cannot be used: ${messageOf(error)}`;
  }
}
