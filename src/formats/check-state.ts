import type { Module } from '../layers/module.ts';
import { ModuleBuffer, Parameter } from '../layers/parameter.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { torchShape } from '../layers/torch-layout.ts';
import { sameShape, show, sizeOf } from '../tensor/shape.ts';

/** What of a model's state a file holds, with each entry's shape there. */
export function* namedShapes(model: Module): Generator<[string, number[]]> {
  for (const [name, item] of [...model.namedParameters(), ...model.namedBuffers()]) {
    if (item instanceof ModuleBuffer && !item.persistent) continue;
    yield [name, item instanceof Parameter ? torchShape(item.shape, item.layout) : [...item.shape]];
  }
}

/**
 * Holds a state against a model that need not be on a device.
 * @throws Error that names what the state lacks, or has in another shape
 */
export function checkState(model: Module, state: StateDict): void {
  for (const [name, wanted] of namedShapes(model)) {
    const given = state.get(name);
    if (!given) throw new Error(`the state has no "${name}" ${show(wanted)}, which the model has`);
    if (!sameShape(given.shape, wanted) || given.data.length !== sizeOf(wanted)) {
      throw new Error(`"${name}" is ${show(given.shape)} in the state, the model has ${show(wanted)}`);
    }
  }
}
