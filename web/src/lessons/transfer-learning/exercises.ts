import { crossEntropy, type Kernel, Linear, matmul, type Tensor, tensor, transpose } from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { checkSlopes, compare, isNear, noise, numberOf, using, valuesOf } from '../exercises/judge.ts';
import { apply, eachThread, head, withGradient } from '../exercises/wgsl.ts';

const newLayer: NumberExercise = {
  id: 'new-layer',
  title: 'The size of the new layer',
  task: 'The network has about 1.3 million parameters. The new last layer takes 640 numbers and has three outputs, each with a bias. How many parameters are trained?',
  hints: ['Each output has one weight per input.', 'Three outputs, each with 640 weights and one bias.'],
  unit: 'parameters',
  answer: 1923,
  solution: '3 · (640 + 1) = 1,923, about 0.15 % of the parameters of the network.',
  judge: async (_, value) => [isNear(value, new Linear(640, 3).parameterCount(), 0)],
};

const firstLoss: NumberExercise = {
  id: 'first-loss',
  title: 'The loss before the first step',
  task: 'All weights and biases of the new layer begin at 0. What is the cross entropy (with the natural logarithm) of a face with three classes before the first step?',
  hints: [
    'All three logits are 0, whatever the face.',
    'Softmax of three equal logits gives 1/3 for each class. The cross entropy is minus the logarithm of the probability of the right class.',
  ],
  answer: Math.log(3),
  solution:
    '−ln(1/3) = ln 3 = 1.0986. A training that begins far above this value has a mistake in its last layer.',
  async judge(device, value) {
    const logits = tensor(device, new Float32Array(3), { shape: [1, 3] });
    const label = tensor(device, new Uint32Array([1]));
    return using([logits, label], async () => [
      isNear(value, await numberOf(() => crossEntropy(logits, label))),
    ]);
  },
};

const slopeKernel = (body: string) =>
  `${head('faces: u32, width: u32, classes: u32, count: u32', ['x', 'dz'], 'dw')}// x: [faces, width]; dz: [faces, classes], the slopes of the logits; dw: [width, classes]
${eachThread(`  let feature = i / params.classes;
  let label = i % params.classes;
${body}`)}`;

function slopesBy(kernel: Kernel, x: Tensor, dz: Tensor): Tensor {
  const [faces, width] = x.shape as [number, number];
  const classes = dz.shape[1] as number;
  return apply(kernel, { x, dz }, ['dw', [width, classes]], {
    faces,
    width,
    classes,
    count: width * classes,
  });
}

const slope: Exercise = {
  id: 'slope',
  title: 'The slopes of the last layer',
  task: 'A logit is the sum of feature times weight. So the slope of a weight is, for each face, the feature times the slope of the logit, added over all faces. The kernel looks only at the first face. Complete it.',
  hints: [
    'A face n has its features at x[n * params.width + …] and the slopes of its logits at dz[n * params.classes + …].',
    'Add in a loop over params.faces, beginning with var sum = 0.0.',
    'sum += x[n * params.width + feature] * dz[n * params.classes + label];',
  ],
  start: slopeKernel('  dw[i] = x[feature] * dz[label];'),
  solution: slopeKernel(`  var sum = 0.0;
  for (var n = 0u; n < params.faces; n++) {
    sum += x[n * params.width + feature] * dz[n * params.classes + label];
  }
  dw[i] = sum;`),
  async judge(device, kernel) {
    const findings = [];
    for (const [faces, width, classes] of [
      [4, 6, 3],
      [7, 5, 2],
    ] as const) {
      const x = tensor(device, noise(faces * width), { shape: [faces, width] });
      const dz = tensor(device, noise(faces * classes, 2), { shape: [faces, classes] });
      findings.push(
        await using([x, dz], async () => {
          const got = await valuesOf(() => slopesBy(kernel, x, dz));
          const wanted = await valuesOf(() => matmul(transpose(x, 0, 1), dz));
          const at = (i: number) => `feature ${Math.floor(i / classes)}, class ${i % classes}`;
          return compare(`${faces} faces, ${width} features, ${classes} classes`, got, wanted, at);
        }),
      );
    }
    const x = tensor(device, noise(5 * 4, 3), { shape: [5, 4] });
    const w = tensor(device, noise(4 * 3, 4), { shape: [4, 3] });
    const layer = withGradient(
      (w) => matmul(x, w),
      (_, dz) => slopesBy(kernel, x, dz),
    );
    findings.push(await using([x], () => checkSlopes(layer, [w])));
    return findings;
  },
  race(device, kernel) {
    const x = tensor(device, noise(60 * 640), { shape: [60, 640] });
    const dz = tensor(device, noise(60 * 3, 2), { shape: [60, 3] });
    return {
      what: '60 faces, 640 features, 3 classes',
      inputs: [x, dz],
      own: () => void slopesBy(kernel, x, dz),
      library: () => void matmul(transpose(x, 0, 1), dz),
    };
  },
};

export const exercises: readonly AnyExercise[] = [newLayer, firstLoss, slope];
