// Every public function answers a wrong argument with a message of the library. A message of the JavaScript engine, such as
// "Cannot read properties of undefined", names neither the function nor the argument.
import { describe, expect, test } from 'vitest';
import * as data from '../../src/data/index.ts';
import * as faces from '../../src/faces/index.ts';
import * as formats from '../../src/formats/index.ts';
import * as core from '../../src/index.ts';
import * as models from '../../src/models/index.ts';

const ENGINE =
  /Cannot (read|destructure|set|use|convert|mix)|is not (a function|iterable|a constructor|defined)|(undefined|null) is not/;

/** Base classes, classes that only the library constructs, and parts of `predict`, which every page loads. */
const NOT_CALLED = new Set([
  ...['Device', 'ImageClassifier', 'Optimizer', 'FeatureNetwork', 'Network', 'Chain'],
  ...['FaceDetector', 'FaceReader', 'TorchTensor', 'differentiable', 'requireFiniteLogits'],
  ...['predictionLogits', 'probabilitiesOf'],
]);

const ARGUMENTS: unknown[][] = [
  [],
  [undefined],
  [null],
  [{}],
  [3],
  ['x'],
  [[]],
  [Number.NaN],
  [{}, {}],
  [null, null],
  [Promise.resolve(1)],
  [[1, 2], {}],
  [Uint8Array.of(1, 2, 3)],
  [Uint8Array.of(1, 2, 3), {}],
];

type AnyFunction = (...args: unknown[]) => unknown;

const isClass = (value: AnyFunction) => /^class\b/.test(Function.prototype.toString.call(value));

async function call(value: AnyFunction, args: unknown[]): Promise<void> {
  const result = isClass(value)
    ? new (value as unknown as new (...args: unknown[]) => unknown)(...args)
    : value(...args);
  await Promise.race([result, new Promise((resolve) => setTimeout(resolve, 200))]);
}

describe.each(Object.entries({ core, data, faces, formats, models }))('%s', (_, exported) => {
  const functions = Object.entries(exported).filter(
    ([name, value]) => typeof value === 'function' && !name.endsWith('Error') && !NOT_CALLED.has(name),
  ) as [string, AnyFunction][];

  test.each(functions)('%s', async (name, value) => {
    for (const args of ARGUMENTS) {
      try {
        await call(value, args);
      } catch (error) {
        const { message } = error as Error;
        expect(ENGINE.test(message), `${name}(${args.map((arg) => typeof arg).join(', ')}): ${message}`).toBe(
          false,
        );
      }
    }
  });
});
