import { describeValue } from '../gpu/describe-value.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';

/** @throws Error for the first element that is not a Module */
export function checkModules(caller: string, modules: readonly unknown[]): void {
  modules.forEach((module, i) => {
    if (module instanceof Module) return;
    const advice = Array.isArray(module) ? `. Spread it: new ${caller}(...modules)` : '';
    throw new Error(`${caller}: module ${i}: got ${describeValue(module)}, expected a Module${advice}`);
  });
}

/** Base class of `ModuleList` and `ModuleDict`, which only hold modules; the module that owns them calls these. */
abstract class ModuleHolder extends Module {
  forward(_x: Tensor): Tensor {
    throw new Error(
      'forward: a ModuleList or ModuleDict only holds modules. Call its modules, or use Sequential.',
    );
  }

  outputShape(_input: Shape): Shape {
    throw new Error(
      'outputShape: a ModuleList or ModuleDict only holds modules. Call outputShape of its modules.',
    );
  }
}

/**
 * Holds an array of modules, like torch.nn.ModuleList; modules in a plain array would not be found. Their keys are '0',
 * '1', ...
 */
export class ModuleList extends ModuleHolder implements Iterable<Module> {
  private readonly list: Module[];

  /** @throws Error for an element that is not a Module */
  constructor(modules: readonly Module[] = []) {
    super();
    if (!Array.isArray(modules)) {
      throw new Error(`ModuleList: modules: got ${describeValue(modules)}, expected an array of modules`);
    }
    checkModules('ModuleList', modules);
    this.list = [...modules];
  }

  override get type(): string {
    return 'ModuleList';
  }

  /** the modules, in order */
  get modules(): readonly Module[] {
    return this.list;
  }

  override children(): [string, Module][] {
    return this.list.map((module, i) => [String(i), module]);
  }

  /**
   * Adds a module at the end, before `to(device)`.
   * @throws Error unless it is a Module
   */
  append(module: Module): this {
    if (!(module instanceof Module)) {
      throw new Error(`ModuleList: append: got ${describeValue(module)}, expected a Module`);
    }
    this.list.push(module);
    return this;
  }

  /** number of modules */
  get length(): number {
    return this.list.length;
  }

  /** Returns the module at an index; negative indices count from the end. */
  at(index: number): Module | undefined {
    return this.list.at(index);
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.list[Symbol.iterator]();
  }
}

/**
 * Holds modules by name, like torch.nn.ModuleDict; modules in a plain object would not be found. The names are their
 * keys.
 */
export class ModuleDict extends ModuleHolder implements Iterable<[string, Module]> {
  readonly modules: Readonly<Record<string, Module>>;

  /** @throws Error when a value is not a Module, or a name is empty or contains a dot */
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

  /** Returns the module with this name. */
  get(name: string): Module | undefined {
    return Object.hasOwn(this.modules, name) ? this.modules[name] : undefined;
  }

  /** Returns whether there is a module with this name. */
  has(name: string): boolean {
    return Object.hasOwn(this.modules, name);
  }

  /** number of modules */
  get size(): number {
    return Object.keys(this.modules).length;
  }

  /** Returns the names, in the order in which they were given. */
  keys(): string[] {
    return Object.keys(this.modules);
  }

  /** Returns the modules, in the order of their names. */
  values(): Module[] {
    return Object.values(this.modules);
  }

  /** Iterates over the pairs [name, module]. */
  [Symbol.iterator](): Iterator<[string, Module]> {
    return Object.entries(this.modules)[Symbol.iterator]();
  }
}
