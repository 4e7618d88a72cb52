import { type Module, observe } from '../layers/module.ts';
import { mul } from '../tensor/ops/binary.ts';
import { concat } from '../tensor/ops/concat.ts';
import { sum } from '../tensor/ops/reduce.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { keep, scope } from '../tensor/scope.ts';
import { backward, noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Training met a number that is not finite. The step was not applied to the parameters; batch norm's running
 * statistics are finite, but may have seen its batch.
 */
export class NonFiniteError extends Error {
  override readonly name = 'NonFiniteError';
  /** path of the first layer whose output or gradient was not finite; null when none could be named */
  readonly layer: string | null;
  constructor(layer: string | null, message: string) {
    super(message);
    this.layer = layer;
  }
}

interface Probe {
  what: string;
  layer: string;
  /** x * 0 summed: 0 where all is finite, else NaN */
  flag: Tensor;
}

/**
 * Runs a forward and backward pass eagerly and names the first place where a number is not finite:
 * the pictures, the first module's output in the order of computing, or the first gradient.
 */
export async function findNonFinite(
  pass: () => { images: Tensor; loss: Tensor },
): Promise<{ layer: string; what: string } | null> {
  const probes: Probe[] = [];
  const probe = (what: string, layer: string, x: Tensor): void => {
    const flag = noGrad(() => scope(() => reshape(sum(mul(x, 0)), [1])));
    probes.push({ what, layer, flag: keep(flag) });
  };
  const watch = (module: Module, output: Tensor): void =>
    probe('output', `${module.path || 'the model'} (${module.constructor.name})`, output);
  scope(() => {
    const { images, loss } = observe(watch, pass);
    // pictures are made first, though known last
    probe('input', 'the pictures', images);
    probes.unshift(probes.pop() as Probe);
    probe('value', 'the loss', loss);
    backward(loss, {
      onGradient: (node, gradient) =>
        probe('incoming gradient', `${node.path || 'the model'} (${node.name})`, gradient),
    });
  });
  const flags = scope(() =>
    concat(
      probes.map(({ flag }) => flag),
      0,
    ),
  );
  const values = await flags.data();
  flags.dispose();
  for (const { flag } of probes) flag.dispose();
  const first = values.findIndex((value) => !Number.isFinite(value));
  const found = probes[first];
  return found ? { layer: found.layer, what: found.what } : null;
}
