import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CostSheet } from './cost-sheet.ts';
import { Module } from './module.ts';
import { checkModules } from './module-list.ts';

/** Runs modules one after another; their keys in the state dict are '0', '1', ... */
export class Sequential extends Module implements Iterable<Module> {
  readonly modules: readonly Module[];

  constructor(...modules: Module[]) {
    super();
    checkModules('Sequential', modules);
    this.modules = modules;
  }

  override children(): [string, Module][] {
    return this.modules.map((module, i) => [String(i), module]);
  }

  override get type(): string {
    return 'Sequential';
  }

  /** number of modules */
  get length(): number {
    return this.modules.length;
  }

  /** Returns the module at an index; negative indices count from the end. */
  at(index: number): Module | undefined {
    return this.modules.at(index);
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.modules[Symbol.iterator]();
  }

  forward(x: Tensor): Tensor {
    return this.modules.reduce((value, module) => module.call(value), x);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    return this.modules.reduce((shape, module) => module.outputShape(shape, costs), input);
  }
}
