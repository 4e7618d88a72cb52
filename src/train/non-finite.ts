import type { Module } from '../layers/module.ts';
import { observe } from '../layers/observe.ts';
import { backward } from '../tensor/backward.ts';
import { mul } from '../tensor/ops/binary.ts';
import { sum } from '../tensor/ops/broadcast.ts';
import { concat } from '../tensor/ops/concat.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { keep, scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Runs a forward and backward pass eagerly and returns the first place where a number is not finite: the images, the
 * first module's output in the order of computation, or the first gradient; null if all are finite.
 */
export async function findNonFinite(
  pass: () => { images: Tensor; loss: Tensor },
): Promise<{ layer: string; what: string } | null> {
  return firstNonFinite((probe) => {
    const { images, loss } = observe(watchOutputs(probe), pass);
    probe('value', 'the loss', loss);
    backward(loss, {
      onGradient: (node, gradient) =>
        probe('incoming gradient', `${node.path || 'the model'} (${node.name})`, gradient),
    });
    return images;
  });
}

/** Like `firstNonFinite`, but checks only the outputs of a forward pass; `pass` runs it and returns its images. */
export async function findNonFiniteOutput(
  pass: () => Tensor,
): Promise<{ layer: string; what: string } | null> {
  return firstNonFinite((probe) => observe(watchOutputs(probe), pass));
}

type Probe = (what: string, layer: string, x: Tensor) => void;

function watchOutputs(probe: Probe) {
  return (module: Module, output: Tensor): void =>
    probe('output', `${module.path || 'the model'} (${module.type})`, output);
}

/** Runs `pass`, which probes tensors in the order of computation and returns the images, which are checked first. */
async function firstNonFinite(
  pass: (probe: Probe) => Tensor,
): Promise<{ layer: string; what: string } | null> {
  const probed: { what: string; layer: string; flag: Tensor }[] = [];
  const flagOf = (x: Tensor) => noGrad(() => keep(scope(() => reshape(sum(mul(x, 0)), [1]))));
  scope(() => {
    // the flag is the sum of x * 0: 0 if all elements are finite, otherwise NaN
    const images = pass((what, layer, x) => probed.push({ what, layer, flag: flagOf(x) }));
    probed.unshift({ what: 'input', layer: 'the images', flag: flagOf(images) });
  });
  const flags = scope(() =>
    concat(
      probed.map(({ flag }) => flag),
      0,
    ),
  );
  const values = await flags.data();
  flags.dispose();
  for (const { flag } of probed) flag.dispose();
  const found = probed[values.findIndex((value) => !Number.isFinite(value))];
  return found ? { layer: found.layer, what: found.what } : null;
}
