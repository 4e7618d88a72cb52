import type { Module } from './module.ts';
import { type ModuleBuffer, Parameter } from './parameter.ts';
import { stateProblems, throwProblems } from './state-problems.ts';
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
  const wanted = list.map(([name, item]) => [name, torchShape(item.shape, layoutOf(item))] as const);
  throwProblems(
    'loadStateDict: the state does not fit this module',
    stateProblems(wanted, state, { missing: !strict, unexpected: !strict }),
  );
  for (const [name, item] of list) {
    const given = state.get(name);
    if (!given) continue;
    item.value.write(
      item.value.dtype === 'u32' ? given.data : fromTorch(given.data, item.shape, layoutOf(item)),
    );
  }
}
