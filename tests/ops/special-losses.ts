// Rows of special-values.test.ts: the losses of pairs.
import * as fg from '../../src/index.ts';
import { from } from '../reference/array.ts';
import { type PairLossName, type PairLossOptions, pairTerms } from '../reference/ops/pair-loss.ts';
import * as tape from '../reference/tape.ts';
import { pairs } from '../support/special-values.ts';
import type { SpecialCase } from './special-cases.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function lossOf(op: PairLossName, x: tape.Value, t: tape.Value, options: PairLossOptions): tape.Value {
  const terms = pairTerms(op, x, t, options);
  return new tape.Value(
    from(
      x.shape,
      terms.map(([loss]) => loss),
    ),
    [x, t],
    (grad) => {
      terms.forEach(([, byInput, byTarget], i) => {
        x.grad[i]! += grad[i]! * byInput;
        t.grad[i]! += grad[i]! * byTarget;
      });
    },
  );
}

const [inputs, targets] = pairs([nan, inf, -inf, 0, -0, 1, -2, 30], [nan, inf, -inf, 0, 1, 0.5]);
const [logs, probabilities] = pairs([nan, -inf, 0, -1], [nan, inf, 0, 1, 0.5, -1]);

export const LOSS_CASES: SpecialCase[] = (
  [
    ['mseLoss', {}],
    ['l1Loss', {}],
    ['smoothL1Loss', { beta: 0.5 }],
    ['binaryCrossEntropyWithLogits', {}],
    ['klDiv', {}],
    ['klDiv', { logTarget: true }],
  ] as const
).map(([op, options]): SpecialCase => {
  const all = { ...options, reduction: 'none' as const };
  return {
    op,
    title: JSON.stringify(options),
    inputs: op === 'klDiv' ? [logs, probabilities] : [inputs, targets],
    run: ([x, t]) => fg[op](x!, t!, all),
    reference: ([x, t]) => lossOf(op, x!, t!, all),
  };
});
