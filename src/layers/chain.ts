import { BatchNorm2d } from './batch-norm2d.ts';
import { Composite, type Steps } from './composite.ts';
import { Conv2d } from './conv2d.ts';
import { DepthwiseConv2d } from './depthwise-conv2d.ts';
import type { Module } from './module.ts';
import { checkModules } from './module-list.ts';

/**
 * Runs modules one after another, like Sequential, under the given keys: a torch.nn.Sequential counts activations, which
 * are fused into the batch norm here, so its indices have gaps. A batch norm after a convolution is fused at inference.
 */
export class Chain extends Composite {
  readonly addsResidual = true;
  readonly modules: Readonly<Record<number, Module>>;

  /**
   * @param modules by index in the torch.nn.Sequential
   * @throws Error if there are no modules, or for a value that is not a Module
   */
  constructor(modules: Readonly<Record<number, Module>>) {
    super();
    checkModules('Chain', Object.values(modules));
    if (Object.keys(modules).length === 0) {
      throw new Error('Chain: modules: got none, expected at least one. Omit the chain instead.');
    }
    this.modules = { ...modules };
  }

  override children(): [string, Module][] {
    return Object.entries(this.modules);
  }

  override get type(): string {
    return 'Chain';
  }

  /** `residual` is added to the output. */
  compose<V>(on: Steps<V>, x: V, residual?: V): V {
    const modules = Object.values(this.modules);
    let y = x;
    for (let i = 0; i < modules.length; i++) {
      const module = modules[i] as Module;
      const next = modules[i + 1];
      const isNormed = isConvolution(module) && next instanceof BatchNorm2d;
      const added = i + (isNormed ? 2 : 1) === modules.length ? residual : undefined;
      y = isNormed ? on.convNorm(module, next, y, added) : on.call(module, y, added);
      if (isNormed) i++;
    }
    return y;
  }
}

const isConvolution = (module: Module): module is Conv2d | DepthwiseConv2d =>
  module instanceof Conv2d || module instanceof DepthwiseConv2d;
