import { describeValue } from '../gpu/describe-value.ts';
import { show } from '../tensor/shape.ts';
import type { Module } from './module.ts';
import { type ModuleBuffer, Parameter } from './parameter.ts';
import { fromTorch, torchShape, toTorch } from './torch-layout.ts';

/** One tensor of a state dict, on the host. */
export interface StateEntry {
  /** in PyTorch's axis order */
  shape: number[];
  data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}

/** Values with PyTorch's names and layouts. */
export type StateDict = Map<string, StateEntry>;

function entries(module: Module, persistentOnly: boolean): [string, Parameter | ModuleBuffer][] {
  const buffers = [...module.namedBuffers()].filter(([, buffer]) => buffer.persistent || !persistentOnly);
  return [...module.namedParameters(), ...buffers];
}

function layoutOf(state: Parameter | ModuleBuffer) {
  return state instanceof Parameter ? state.layout : 'same';
}

/** Reads the state of a module in one transfer. */
export async function readState(module: Module, persistentOnly: boolean): Promise<StateDict> {
  const list = entries(module, persistentOnly);
  const { device } = module.arenas;
  const bytes = await device.read(list.map(([, state]) => state.value));
  const state: StateDict = new Map();
  list.forEach(([name, item], i) => {
    const raw = bytes[i] as ArrayBuffer;
    const data = item.value.dtype === 'u32' ? new Uint32Array(raw) : new Float32Array(raw);
    const layout = layoutOf(item);
    state.set(name, { shape: torchShape(item.shape, layout), data: toTorch(data, item.shape, layout) });
  });
  return state;
}

/** Writes the state of a module. Writes nothing unless the whole state fits. */
export function writeState(module: Module, state: StateDict, strict: boolean, persistentOnly: boolean): void {
  const list = entries(module, persistentOnly);
  const known = new Map(list);
  const problems: string[] = [];
  for (const [name, item] of list) {
    const given = state.get(name);
    const wanted = torchShape(item.shape, layoutOf(item));
    if (!given) {
      if (strict) problems.push(`missing: ${name} ${show(wanted)}`);
    } else if (!Array.isArray(given.shape) || given.data?.length === undefined) {
      problems.push(`misshapen: ${name} is ${describeValue(given)}, expected { shape, data }`);
    } else if (given.shape.join() !== wanted.join()) {
      problems.push(`misshapen: ${name} is ${show(given.shape)}, but the module has ${show(wanted)}`);
    } else if (given.data.length !== wanted.reduce((product, n) => product * n, 1)) {
      problems.push(`misshapen: ${name} holds ${given.data.length} numbers for shape ${show(wanted)}`);
    }
  }
  if (strict) {
    for (const name of state.keys()) {
      // PyTorch's batch norm counts batches for a cumulative average, which this library does not use
      if (!known.has(name) && !name.endsWith('.num_batches_tracked')) problems.push(`unexpected: ${name}`);
    }
  }
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new Error(
      `loadStateDict: the state does not fit this module (${count}):\n  ${problems.join('\n  ')}`,
    );
  }
  for (const [name, item] of list) {
    const given = state.get(name);
    if (!given) continue;
    item.value.write(
      item.value.dtype === 'u32' ? given.data : fromTorch(given.data, item.shape, layoutOf(item)),
    );
  }
}
