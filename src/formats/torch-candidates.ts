import { TorchObject, type TorchValue } from './torch-object.ts';
import { TorchTensor } from './torch-tensor.ts';

/** A dict of tensors or a pickled module that was found in a file. */
export interface Candidate {
  /** keys and indices that lead to it; empty for the top-level value */
  path: string[];
  /** the value itself */
  value: TorchValue;
  tensors: Map<string, TorchTensor>;
  /** entries of the same dict that are not tensors, by name */
  others: Map<string, TorchValue>;
}

/** An entry of a file that was not used. */
export interface SkippedEntry {
  /** keys and indices that lead to it, joined by dots */
  path: string;
  /** Python's name of its type, or a description such as "a number" */
  what: string;
}

/** Maximum number of listed entries; a file can have millions. */
export const MOST_LISTED = 200;
/** Names under which training scripts store other state than the network's; tensors below them are never weights. */
const NEVER_WEIGHTS = /optim|sched|scaler|rng|random_state/i;

/** Maximum depth of the search; checkpoints have a few levels. */
const DEEPEST = 32;
/** Maximum number of modules visited, as a guard against modules that contain themselves or each other. */
const MOST_MODULES = 100_000;

/** The result of `survey`. */
export interface Survey {
  candidates: Candidate[];
  /** objects that are neither tensors nor plain values, with their paths */
  objects: SkippedEntry[];
}

/**
 * Searches everything in a file breadth first. Each container is visited once, no matter how often the file refers to
 * it, so circular and repeated references are harmless.
 */
export function survey(value: TorchValue): Survey {
  const found: Survey = { candidates: [], objects: [] };
  const seen = new Set<TorchValue>([value]);
  const budget = { modules: MOST_MODULES };
  const queue: { path: string[]; value: TorchValue; mayBeWeights: boolean }[] = [
    { path: [], value, mayBeWeights: true },
  ];
  for (let next = 0; next < queue.length; next++) {
    const { path, value: container, mayBeWeights } = queue[next]!;
    const module = moduleOf(container, budget);
    const isModule = module !== null && module.tensors.size > 0;
    if (container instanceof TorchObject && !isModule && found.objects.length <= MOST_LISTED) {
      found.objects.push({ path: pathText(path), what: container.type });
    }
    const isWeights = mayBeWeights && !isOptimizer(container);
    const own = isModule ? module : namedTensors(container);
    if (isWeights && own.tensors.size > 0) found.candidates.push({ path, value: container, ...own });
    if (isModule || path.length >= DEEPEST) continue;
    for (const [key, child] of entriesOf(container)) {
      const isContainer = Array.isArray(child) || child instanceof Map || child instanceof TorchObject;
      if (!isContainer || seen.has(child)) continue;
      seen.add(child);
      queue.push({
        path: [...path, key],
        value: child,
        mayBeWeights: isWeights && !NEVER_WEIGHTS.test(key),
      });
    }
  }
  return found;
}

/** Formats a path as a user writes it: `model.ema`; `.` for the top-level value. */
export function pathText(path: readonly string[]): string {
  return path.length === 0 ? '.' : path.join('.');
}

/** Describes a value for a message. */
export function describe(value: TorchValue | undefined): string {
  if (value === null || value === undefined) return 'None';
  if (value instanceof TorchTensor) return `a tensor [${value.shape.join(', ')}]`;
  if (value instanceof TorchObject) return value.type;
  if (value instanceof Map) return value.size === 1 ? 'a dict of 1 entry' : `a dict of ${value.size} entries`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}

/** Returns the entries of a container, with keys as text. */
export function* entriesOf(value: TorchValue): Generator<[string, TorchValue]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield [String(index), item];
  } else if (value instanceof Map) {
    for (const [key, item] of value) yield [keyText(key), item];
  } else if (value instanceof TorchObject) {
    for (const [key, item] of value.items) yield [keyText(key), item];
    // attributes; a class with __slots__ stores a pair of dicts
    const states = Array.isArray(value.state) ? value.state : [value.state];
    for (const state of states) if (state instanceof Map) yield* entriesOf(state);
    yield* entriesOf(value.list);
    yield* entriesOf([...value.args]);
  }
}

function keyText(key: TorchValue): string {
  return typeof key === 'object' && key !== null ? describe(key) : String(key);
}

type Named = Pick<Candidate, 'tensors' | 'others'>;

function namedTensors(value: TorchValue): Named {
  const tensors = new Map<string, TorchTensor>();
  const others = new Map<string, TorchValue>();
  const isDict =
    value instanceof Map || (value instanceof TorchObject && value.items.size + sizeOfState(value) > 0);
  const dict = value instanceof TorchObject && value.items.size === 0 ? value.state : value;
  const entries = dict instanceof TorchObject ? dict.items : dict;
  if (!isDict || !(entries instanceof Map)) return { tensors, others };
  for (const [key, item] of entries) {
    if (typeof key === 'string' && item instanceof TorchTensor) tensors.set(key, item);
    else others.set(keyText(key), item);
  }
  return { tensors, others };
}

function sizeOfState({ state }: TorchObject): number {
  return state instanceof Map ? state.size : 0;
}

/** Returns whether a value is an optimizer's `state_dict()`. */
function isOptimizer(value: TorchValue): boolean {
  return value instanceof Map && value.has('state') && value.has('param_groups');
}

/**
 * Returns the parameters and persistent buffers of a pickled `torch.nn.Module` under the names of its `state_dict()`;
 * null for any other value. A module used in two places has two names, as in PyTorch.
 */
function moduleOf(value: TorchValue, budget: { modules: number }): Named | null {
  const parts = partsOf(value);
  if (!parts) return null;
  const tensors = new Map<string, TorchTensor>();
  const others = new Map<string, TorchValue>();
  const open: { prefix: string; parts: ModuleParts }[] = [{ prefix: '', parts }];
  for (let part = open.pop(); part; part = open.pop()) {
    const { prefix, parts: of } = part;
    budget.modules--;
    if (prefix.length > LONGEST_NAME || tensors.size > MOST_PARAMETERS || budget.modules < 0) return null;
    const transient = new Set(Array.isArray(of.transient) ? of.transient : []);
    for (const [name, item] of [...of.parameters, ...of.buffers]) {
      if (transient.has(name)) continue;
      if (item instanceof TorchTensor) tensors.set(`${prefix}${keyText(name)}`, item);
      else if (item !== null) others.set(`${prefix}${keyText(name)}`, item);
    }
    const children = [...of.modules].reverse();
    for (const [name, child] of children) {
      const inside = partsOf(child);
      if (inside) open.push({ prefix: `${prefix}${keyText(name)}.`, parts: inside });
    }
  }
  return { tensors, others };
}

/** Limits for one module, for the same reason. */
const LONGEST_NAME = 1000;
const MOST_PARAMETERS = 100_000;

interface ModuleParts {
  parameters: Map<TorchValue, TorchValue>;
  buffers: Map<TorchValue, TorchValue>;
  modules: Map<TorchValue, TorchValue>;
  /** names of non-persistent buffers */
  transient: TorchValue;
}

function partsOf(value: TorchValue): ModuleParts | null {
  const state = value instanceof TorchObject ? value.state : null;
  if (!(state instanceof Map)) return null;
  const [parameters, buffers, modules] = ['_parameters', '_buffers', '_modules'].map((name) =>
    state.get(name),
  );
  if (!(parameters instanceof Map && buffers instanceof Map && modules instanceof Map)) return null;
  return { parameters, buffers, modules, transient: state.get('_non_persistent_buffers_set') ?? null };
}
