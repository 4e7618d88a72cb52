import type { StateDict } from '../layers/state-dict.ts';
import type { SafetensorsTensor } from './safetensors.ts';
import { stateOf } from './tensors.ts';
import { TorchFileError } from './torch-bytes.ts';
import type { TorchValue } from './torch-globals.ts';
import { TorchTensor } from './torch-tensor.ts';

/** Where training scripts keep the weights in a checkpoint, likeliest first. */
const USUAL_KEYS = ['state_dict', 'model_state_dict', 'model', 'net', 'network', 'weights', 'params'];
/** What DataParallel and torch.compile put before every name. */
const WRAPPERS = ['module.', '_orig_mod.'];

/**
 * The state dict in what `decodeTorch` gave: the value itself, or the one dict of tensors in a checkpoint. The names
 * lose the `module.` of DataParallel.
 *
 * @param key the checkpoint's entry to take, where it has several
 * @throws TorchFileError when there is none, or more than one could be meant
 */
export function torchState(value: TorchValue, key?: string): StateDict {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of withoutWrappers(namedTensors(value, key)))
    tensors.set(name, tensor.toTensor());
  return stateOf(tensors);
}

function namedTensors(value: TorchValue, key?: string): Map<string, TorchTensor> {
  if (!(value instanceof Map)) fail(`it holds ${kindOf(value)}, not a state dict`);
  const found = new Map<string, Map<string, TorchTensor>>();
  for (const [name, entry] of value) {
    const tensors = tensorsIn(entry);
    if (typeof name === 'string' && tensors.size > 0) found.set(name, tensors);
  }
  const names = [...found.keys()].join(', ');
  if (key !== undefined) {
    return found.get(key) ?? fail(`it has no dict of tensors "${key}"${names ? `, but ${names}` : ''}`);
  }
  const direct = tensorsIn(value);
  if (direct.size > 0) return direct;
  const usual = USUAL_KEYS.find((name) => found.has(name));
  if (usual !== undefined) return found.get(usual)!;
  const [only, ...others] = found.values();
  if (!only)
    fail(`no tensors by name in it; its entries are ${[...value.keys()].slice(0, 8).join(', ') || 'none'}`);
  if (others.length > 0) fail(`it has several dicts of tensors (${names}); say which`);
  return only;
}

function tensorsIn(value: TorchValue): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  if (!(value instanceof Map)) return tensors;
  for (const [name, entry] of value) {
    if (typeof name === 'string' && entry instanceof TorchTensor) tensors.set(name, entry);
  }
  return tensors;
}

function withoutWrappers(tensors: Map<string, TorchTensor>): Map<string, TorchTensor> {
  const wrapper = WRAPPERS.find((prefix) => [...tensors.keys()].every((name) => name.startsWith(prefix)));
  if (wrapper === undefined) return tensors;
  return withoutWrappers(new Map([...tensors].map(([name, tensor]) => [name.slice(wrapper.length), tensor])));
}

function kindOf(value: TorchValue): string {
  if (value instanceof TorchTensor) return 'a single tensor';
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'None' : `a ${typeof value}`;
}

function fail(message: string): never {
  throw new TorchFileError(`PyTorch file: ${message}`);
}
