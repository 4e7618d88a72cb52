import { Chain } from '../layers/chain.ts';
import type { Module } from '../layers/module.ts';
import { ModuleDict, ModuleList } from '../layers/module-list.ts';
import { isObserved, observe } from '../layers/observe.ts';
import { Sequential } from '../layers/sequential.ts';
import { checkpoint } from '../tensor/checkpoint.ts';
import { recomputation } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Modules that only hold blocks. Subclasses, such as `ConvNormActivation`, are blocks themselves. */
const CONTAINERS: readonly unknown[] = /* @__PURE__ */ [Sequential, Chain, ModuleList, ModuleDict];

/**
 * Runs `fn`. While it runs, every block of the network is called through `checkpoint`, so that the backward pass computes
 * the block again instead of storing what its layers need.
 * @param head the first trained module if its input is cached; a block that contains it is only computed in part, so the
 *   backward pass cannot compute it again
 */
export function withCheckpoints<T>(model: Module, fn: () => T, head?: Module): T {
  const isWhole = (block: Module) =>
    block === head || ![...block.namedModules()].some(([, one]) => one === head);
  const restore = blocksOf(model).filter(isWhole).map(wrap);
  try {
    return fn();
  } finally {
    for (const one of restore) one();
  }
}

/** Returns the outermost modules that contain layers, without the network itself and containers of blocks. */
export function blocksOf(model: Module): Module[] {
  return model.children().flatMap(([, child]): Module[] => {
    const parts = child.children();
    if (parts.length === 0) return [];
    const holdsBlocks = parts.some(([, part]) => part.children().length > 0);
    return holdsBlocks && CONTAINERS.includes(child.constructor) ? blocksOf(child) : [child];
  });
}

const ignore = () => {};

/** Replaces the `forward` of one block, and returns a function that undoes this. */
function wrap(block: Module): () => void {
  const own = Object.getOwnPropertyDescriptor(block, 'forward');
  const forward = block.forward.bind(block);
  block.forward = (...all: (Tensor | undefined)[]) => {
    const wasObserved = isObserved();
    const run = (...inputs: Tensor[]) => {
      const rest = inputs.values();
      // an omitted argument keeps its place
      const [x, ...more] = all.map((one) => one && rest.next().value) as [Tensor, ...Tensor[]];
      const again = () => forward(x, ...more);
      // an observer has already seen the calls of the first run
      return recomputation.run?.repeats && wasObserved ? observe(ignore, again) : again();
    };
    return checkpoint(run, ...all.filter((one) => one !== undefined));
  };
  return () => {
    if (own) Object.defineProperty(block, 'forward', own);
    else delete (block as { forward?: unknown }).forward;
  };
}
