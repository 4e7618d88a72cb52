import { checkOptions, type OptionRules, text } from '../gpu/check-options.ts';
import type { StateDict } from '../layers/state-dict.ts';
import type { SafetensorsTensor } from './safetensors.ts';
import { elementCount } from './safetensors-header.ts';
import { stateOf } from './state-tensors.ts';
import { TorchFileError } from './torch-bytes.ts';
import {
  type Candidate,
  describe,
  entriesOf,
  MOST_LISTED,
  pathText,
  type SkippedEntry,
  type Survey,
  survey,
} from './torch-candidates.ts';
import { TorchObject, type TorchValue } from './torch-object.ts';
import { TorchTensor } from './torch-tensor.ts';

/** Names under which training scripts store a network's weights in a checkpoint. */
const USUAL_KEYS: ReadonlySet<string> = new Set([
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'module',
  'weights',
  'params',
]);
/** Prefixes that DataParallel and torch.compile add to every name. */
const WRAPPERS = ['module.', '_orig_mod.'];
/** Maximum number of elements beyond those stored, for tensors that repeat or share elements. */
const MOST_SHARED = 1 << 22;

/** Options of `torchState` and `decodeWeights`. */
export interface TorchStateOptions {
  /** the entry that holds the weights, keys joined by dots (`model`, `ema.module`); `.` for the top-level dict */
  key?: string;
  /**
   * a prefix to remove from the names; tensors without it are omitted. Default: `module.` and `_orig_mod.`, if every
   * name begins with it. false keeps the names.
   */
  stripPrefix?: string | false;
}

export const TORCH_STATE_RULES: OptionRules<TorchStateOptions> = {
  key: text,
  stripPrefix: (value) => (value === false ? undefined : text(value) && 'a string or false'),
};

/** Weights of a PyTorch file, and a list of everything that was not used. */
export interface TorchWeights {
  state: StateDict;
  /** the entry that holds the weights; `.` for the top-level dict */
  key: string;
  /** the prefix that was removed from the names */
  prefix: string;
  /** unused entries and objects that are not tensors; at most 200 */
  skipped: SkippedEntry[];
}

/**
 * Returns the state dict in a value from `decodeTorch`.
 *
 * Dicts of tensors are searched everywhere, including lists and attributes of objects, and a pickled module counts as
 * its state dict. Optimizer states and everything below a name such as `optimizer`, `scheduler` or `rng_state` are
 * never weights; dicts of single numbers are not weights if there are other dicts. Of the remaining dicts it chooses
 * 1. the one under a usual name (`state_dict`, `model_state_dict`, `model`, `net`, ...) nearest to the top;
 * 2. otherwise the top-level tensors, if only they have names with dots, as a network's parameters do;
 * 3. otherwise the only dict. The choice is ambiguous, and an error, if several dicts remain, if a second dict has the
 * same names and shapes (such as `ema` beside `model`), or if only another dict has names with dots.
 *
 * @param options the options, or a string, which is the key
 * @throws TorchFileError when there is no dict of tensors, or several (the message lists them)
 */
export function torchState(value: TorchValue, options: TorchStateOptions | string = {}): StateDict {
  return torchWeights(value, typeof options === 'string' ? { key: options } : options).state;
}

/** Like `torchState`, and also returns the position of the weights in the file and the unused entries. */
export function torchWeights(value: TorchValue, options: TorchStateOptions = {}): TorchWeights {
  checkOptions('torchState', options, TORCH_STATE_RULES);
  const { key, stripPrefix } = options;
  const found = survey(value);
  const chosen = choose(value, found, key);
  const { tensors, prefix, left } = renamed(chosen, stripPrefix);
  checkSize(tensors);
  const read = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of tensors) read.set(name, tensor.toTensor());
  const skipped = [...left, ...skippedOf(value, found, chosen)].slice(0, MOST_LISTED);
  return { state: stateOf(read), key: pathText(chosen.path), prefix, skipped };
}

function choose(value: TorchValue, found: Survey, key?: string): Candidate {
  const { candidates } = found;
  if (key !== undefined) {
    const exact = candidates.find(({ path }) => pathText(path) === key);
    const byName = candidates.filter(({ path }) => path.at(-1) === key);
    if (exact) return exact;
    if (byName.length === 1) return byName[0] as Candidate;
    const way = candidates.length > 0 ? `; it has ${listed(candidates)}` : '';
    return fail(`it has no dict of tensors "${key}"${way}`);
  }
  const [only] = candidates;
  if (!only) return fail(nothingIn(value, found));
  const weights = candidates.filter(isMoreThanNumbers);
  const pool = weights.length > 0 ? weights : candidates;
  const usual = pool.filter(({ path }) => USUAL_KEYS.has(path.at(-1) ?? ''));
  const top = pool.filter((one) => one.path.length === 0 && hasDots(one));
  const nearest = usual.filter(({ path }) => path.length === usual[0]?.path.length);
  const group = nearest.length > 0 ? nearest : top.length > 0 ? top : pool;
  const chosen = group[0] as Candidate;
  const names = namesOf(chosen);
  const twins = pool.filter((other) => other !== chosen && namesOf(other) === names);
  const likelier = hasDots(chosen) ? [] : pool.filter(hasDots);
  const others = group === top ? pool.filter(hasDots) : [];
  const rivals = [...new Set([...group, ...twins, ...likelier, ...others])];
  if (rivals.length === 1) return chosen;
  return fail(
    `it has several dicts of tensors: ${listed(rivals)}. Choose one by its key: ` +
      `torchState(value, { key: "${pathText(chosen.path)}" }), on the command line --key ${pathText(chosen.path)}`,
  );
}

/** Returns whether a dict holds more than losses and scores, which are tensors of one element. */
function isMoreThanNumbers({ tensors }: Candidate): boolean {
  return [...tensors.values()].some(({ shape }) => elementCount(shape) > 1);
}

/** Names without prefixes, and shapes: equal for two copies of the same network. */
function namesOf(candidate: Candidate): string {
  const { tensors } = renamed(candidate, undefined);
  return JSON.stringify([...tensors].map(([name, { shape }]) => [name, shape]));
}

/** Returns whether names look like those of a network's parameters, such as `features.0.weight`. */
function hasDots({ tensors }: Candidate): boolean {
  return [...tensors.keys()].some((name) => name.includes('.'));
}

function renamed(
  { path, tensors }: Candidate,
  stripPrefix: string | false | undefined,
): { tensors: Map<string, TorchTensor>; prefix: string; left: SkippedEntry[] } {
  let prefix = '';
  if (typeof stripPrefix === 'string') {
    prefix = stripPrefix;
    if (![...tensors.keys()].some((name) => name.startsWith(prefix))) {
      const [first = ''] = tensors.keys();
      return fail(`no name of "${pathText(path)}" begins with "${prefix}" (the first is "${first}")`);
    }
  } else if (stripPrefix === undefined) {
    for (let more = wrapperOf(tensors, prefix); more; more = wrapperOf(tensors, prefix)) prefix += more;
  }
  const kept = new Map<string, TorchTensor>();
  const left: SkippedEntry[] = [];
  for (const [name, tensor] of tensors) {
    if (name.startsWith(prefix) && name.length > prefix.length) kept.set(name.slice(prefix.length), tensor);
    else left.push({ path: pathText([...path, name]), what: `${describe(tensor)} without the prefix` });
  }
  return { tensors: kept, prefix, left };
}

/** Returns the prefixes that all names share, after the prefix found so far. */
function wrapperOf(tensors: ReadonlyMap<string, TorchTensor>, prefix: string): string | undefined {
  return WRAPPERS.find((wrapper) => [...tensors.keys()].every((name) => name.startsWith(prefix + wrapper)));
}

/** Limits the elements of all tensors: a small file can refer to one storage many times, and each tensor is copied. */
function checkSize(tensors: ReadonlyMap<string, TorchTensor>): void {
  const storages = new Set([...tensors.values()].map(({ storage }) => storage));
  const stored = [...storages].reduce((sum, { length }) => sum + length, 0);
  const asked = [...tensors.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (asked <= 8 * stored + MOST_SHARED) return;
  fail(
    `its ${tensors.size} tensors have ${asked} elements, but only ${stored} are stored. Save them with .contiguous().`,
  );
}

/**
 * Collects unused entries: objects anywhere, values in the chosen dict that are not tensors, and the siblings of the
 * dict at every level up to the top.
 */
function skippedOf(value: TorchValue, { objects }: Survey, chosen: Candidate): SkippedEntry[] {
  const { path, others } = chosen;
  const list = new Map<string, string>();
  for (const [name, item] of others) list.set(pathText([...path, name]), describe(item));
  let at: TorchValue = value;
  for (const [depth, key] of path.entries()) {
    let next: TorchValue = null;
    for (const [name, item] of entriesOf(at)) {
      if (name === key) next = item;
      else if (list.size < MOST_LISTED) list.set(pathText([...path.slice(0, depth), name]), describe(item));
    }
    at = next;
  }
  for (const { path: place, what } of objects) if (place !== pathText(path)) list.set(place, what);
  return [...list].slice(0, MOST_LISTED).map(([place, what]) => ({ path: place, what }));
}

function nothingIn(value: TorchValue, { objects }: Survey): string {
  const entries = [...entriesOf(value)].slice(0, 8).map(([name, item]) => `${name} (${describe(item)})`);
  if (value instanceof TorchTensor) return 'it holds a single tensor, not a state dict';
  if (Array.isArray(value)) return 'it holds a list, not a state dict';
  if (!(value instanceof Map) && !(value instanceof TorchObject)) {
    return `it holds ${describe(value)}, not a state dict`;
  }
  if (value instanceof Map && value.has('param_groups')) {
    return "it holds an optimizer's state, not a network's weights";
  }
  const kind = value instanceof TorchObject ? `; it is an object ${value.type}` : '';
  const code = objects.length > 0 ? '. No code from a file is run, and its objects are not constructed' : '';
  return `it has no dict of tensors; its entries are ${entries.join(', ') || 'none'}${kind}${code}. In PyTorch: torch.save(model.state_dict(), "weights.pth")`;
}

function listed(candidates: readonly Candidate[]): string {
  const shown = candidates.slice(0, 8).map(({ path, tensors }) => {
    const [first = ''] = tensors.keys();
    return `"${pathText(path)}" (tensors: ${tensors.size}, first "${first}")`;
  });
  return shown.join(', ') + (candidates.length > 8 ? ` and ${candidates.length - 8} more` : '');
}

function fail(message: string): never {
  throw new TorchFileError(`PyTorch file: ${message}`);
}
