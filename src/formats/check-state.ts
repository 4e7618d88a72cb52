import type { Module } from '../layers/module.ts';
import { ModuleBuffer, Parameter } from '../layers/parameter.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { stateProblems, throwProblems } from '../layers/state-problems.ts';
import { torchShape } from '../layers/torch-layout.ts';

/** Yields the entries of a model's state that a file stores, each with its shape in the file. */
export function* namedShapes(model: Module): Generator<[string, number[]]> {
  for (const [name, item] of [...model.namedParameters(), ...model.namedBuffers()]) {
    if (item instanceof ModuleBuffer && !item.persistent) continue;
    yield [name, item instanceof Parameter ? torchShape(item.shape, item.layout) : [...item.shape]];
  }
}

/**
 * Checks that a state fits a model, which need not be on a device. Other entries are ignored.
 * @throws Error that lists the entries that are missing or have another shape
 */
export function checkState(model: Module, state: StateDict): void {
  throwProblems(
    'the state does not fit the model',
    stateProblems(namedShapes(model), state, { unexpected: true }),
  );
}
