import { describeValue } from '../gpu/describe-value.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';

/** @throws Error for the first of `modules` that is not one */
export function checkModules(caller: string, modules: readonly unknown[]): void {
  modules.forEach((module, i) => {
    if (module instanceof Module) return;
    const advice = Array.isArray(module) ? `. Spread it: new ${caller}(...modules)` : '';
    throw new Error(`${caller}: module ${i}: got ${describeValue(module)}, expected a Module${advice}`);
  });
}

/** What `ModuleList` and `ModuleDict` share: they hold modules, and the one that holds them says how they are called. */
abstract class ModuleHolder extends Module {
  forward(_x: Tensor): Tensor {
    throw new Error(
      'forward: a ModuleList or ModuleDict only holds modules. Call those in it, or use Sequential.',
    );
  }

  outputShape(_input: Shape): Shape {
    throw new Error('outputShape: a ModuleList or ModuleDict only holds modules. Ask those in it.');
  }
}

/** Modules in an array, as torch.nn.ModuleList: a plain array would hide them. Named '0', '1', ... in the state dict. */
export class ModuleList extends ModuleHolder implements Iterable<Module> {
  readonly modules: readonly Module[];

  /** @throws Error for an element that is not a Module */
  constructor(modules: readonly Module[] = []) {
    super();
    if (!Array.isArray(modules)) {
      throw new Error(`ModuleList: modules: got ${describeValue(modules)}, expected an array of modules`);
    }
    checkModules('ModuleList', modules);
    this.modules = [...modules];
  }

  override get type(): string {
    return 'ModuleList';
  }

  override children(): [string, Module][] {
    return this.modules.map((module, i) => [String(i), module]);
  }

  /** number of modules */
  get length(): number {
    return this.modules.length;
  }

  /** The module at a place; negative ones count from the end. */
  at(index: number): Module | undefined {
    return this.modules.at(index);
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.modules[Symbol.iterator]();
  }
}

/** Modules by name, as torch.nn.ModuleDict: a plain object would hide them. The names are those in the state dict. */
export class ModuleDict extends ModuleHolder {
  readonly modules: Readonly<Record<string, Module>>;

  /** @throws Error for a value that is not a Module, and for a name with a dot */
  constructor(modules: Readonly<Record<string, Module>> = {}) {
    super();
    if (typeof modules !== 'object' || modules === null || Array.isArray(modules)) {
      throw new Error(
        `ModuleDict: modules: got ${describeValue(modules)}, expected an object of modules by name`,
      );
    }
    for (const [name, module] of Object.entries(modules)) {
      if (!(module instanceof Module) || name === '' || name.includes('.')) {
        throw new Error(
          `ModuleDict: module "${name}": got ${describeValue(module)}, expected a Module under a name without a dot`,
        );
      }
    }
    this.modules = { ...modules };
  }

  override get type(): string {
    return 'ModuleDict';
  }

  override children(): [string, Module][] {
    return Object.entries(this.modules);
  }

  /** The module of a name. */
  get(name: string): Module | undefined {
    return Object.hasOwn(this.modules, name) ? this.modules[name] : undefined;
  }
}
