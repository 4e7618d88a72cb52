import {
  differentiable,
  hardSwish,
  type Kernel,
  mul,
  scope,
  sigmoid,
  type Tensor,
  tensor,
} from 'feathergrad';
import type { AnyExercise, Exercise, NumberExercise } from '../exercises/exercise.ts';
import { checkSlopes, compare, digits, noise, numberOf, using, valuesOf } from '../exercises/judge.ts';
import { blank } from '../exercises/wgsl.ts';

/** An elementwise gradient, dx = dy * slope(x); the reader writes the body of `slope`. */
const slopeKernel = (body: string) => `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

fn slope(x: f32) -> f32 {
${body}
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  dx[i] = dy[i] * slope(x[i]);
}
`;

function gradientBy(kernel: Kernel, x: Tensor, dy: Tensor): Tensor {
  const dx = blank(x.device, x.shape);
  const params = { count: x.size };
  x.device.dispatch(kernel, { label: 'exercise', bind: { x, dy, dx }, params, threads: x.size });
  return dx;
}

/** Tests a slope: its values at `places`, and the gradient check of `forward` with it. */
async function judgeSlope(
  kernel: Kernel,
  device: Tensor['device'],
  forward: (x: Tensor) => Tensor,
  expected: (x: number) => number,
  places: readonly number[],
) {
  const [x, dy] = [
    tensor(device, places),
    tensor(
      device,
      Float32Array.from(places, (_, i) => 1 + i / 10),
    ),
  ];
  const got = await using([x, dy], () => valuesOf(() => gradientBy(kernel, x, dy)));
  const wanted = places.map((place, i) => (1 + i / 10) * expected(place));
  const values = compare('values', got, wanted, (i) => `x = ${digits(places[i] as number)}`);
  // away from the kinks, at which no slope agrees with central differences
  const smooth = tensor(
    device,
    Float32Array.from(noise(40), (v) => 2.5 * v),
  );
  const op = (x: Tensor) =>
    differentiable('exercise', forward(x.detach()), [x], (save) => {
      const saved = save(x);
      return (dy) => [gradientBy(kernel, saved, dy)];
    });
  return [values, await checkSlopes(op, [smooth])];
}

const COUNT = 1 << 18;

function raceSlope(kernel: Kernel, device: Tensor['device'], what: string, library: (x: Tensor) => Tensor) {
  const [x, dy] = scope(() => [tensor(device, noise(COUNT)), tensor(device, noise(COUNT, 2))]);
  return {
    what: `${what} of ${COUNT.toLocaleString('en-US')} numbers`,
    inputs: [x, dy],
    own: () => void gradientBy(kernel, x, dy),
    library: () => void library(x),
  };
}

const hardSwishSlope: Exercise = {
  id: 'slope',
  title: 'Write the slope of hard-swish',
  task: 'The function slope(x) returns 1 everywhere, which is right only above 3. Write the slope of hard-swish, x · relu6(x + 3) / 6, for every x. At the two kinks use the slope of the flat or straight side: 0 at −3 and 1 at 3.',
  hints: [
    'There are three parts: flat up to −3, straight from 3 on, and a parabola between them.',
    'Between the kinks hard-swish is x (x + 3) / 6, that is x²/6 + x/2. Differentiate it.',
    'The derivative is x/3 + 1/2. Use two if statements, or select(no, yes, condition) twice.',
  ],
  start: slopeKernel('  return 1.0; // correct only for x >= 3'),
  solution: slopeKernel(`  if (x <= -3.0) { return 0.0; }
  if (x >= 3.0) { return 1.0; }
  return x / 3.0 + 0.5;`),
  judge: (device, kernel) =>
    judgeSlope(
      kernel,
      device,
      hardSwish,
      (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
      [-1e6, -4, -3, -2.5, -1.5, -1, 0, 0.5, 1.5, 2.9, 3, 3.1, 1e6],
    ),
  race: (device, kernel) => raceSlope(kernel, device, 'The slope, against hard-swish forward,', hardSwish),
};

const swishSlope: Exercise = {
  id: 'swish',
  title: 'Write the slope of swish without overflow',
  task: 'Swish is x · sigmoid(x). With s = sigmoid(x), its slope is s + x s (1 − s). The code below computes s with exp(−x), which is infinite for x below about −88; infinity divided by infinity is not a number. Make it correct for every x, also for −1000.',
  hints: [
    'Where exactly does it go wrong? Look at what e is for x = −1000, and then at e / (1 + e).',
    'exp of a negative number never overflows; it approaches 0. So use exp(−|x|) in both cases.',
    'With e = exp(−|x|), sigmoid(|x|) is 1 / (1 + e), and sigmoid(−|x|) is e / (1 + e).',
  ],
  start: slopeKernel(`  let e = exp(-x);
  let s = 1.0 - e / (1.0 + e);
  return s + x * s * (1.0 - s);`),
  solution: slopeKernel(`  let e = exp(-abs(x));
  let s = select(e, 1.0, x >= 0.0) / (1.0 + e);
  return s + x * s * (1.0 - s);`),
  judge: (device, kernel) =>
    judgeSlope(
      kernel,
      device,
      (x) => mul(x, sigmoid(x)),
      (x) => {
        const s = 1 / (1 + Math.exp(-x));
        return s + x * s * (1 - s);
      },
      [-1000, -100, -20, -3, -1.2784645, -1, 0, 0.5, 3, 20, 100, 1000],
    ),
  race: (device, kernel) =>
    raceSlope(kernel, device, 'The slope, against swish forward,', (x) => mul(x, sigmoid(x))),
};

const invert: NumberExercise = {
  id: 'invert',
  title: 'Two places with the same value',
  task: 'Hard-swish is −0.3 at two places. Find the one where its slope is negative, to three decimals.',
  hints: [
    'Between −3 and 3 hard-swish is x²/6 + x/2. Set that equal to −0.3.',
    'Multiply by 6: x² + 3x + 1.8 = 0. There are two solutions.',
    'The lowest point is at −1.5, and left of it the slope is negative.',
  ],
  answer: -2.1708,
  solution:
    'x² + 3x + 1.8 = 0 has the solutions (−3 ± √(9 − 7.2)) / 2, that is −0.829 and −2.171. The slope x/3 + 1/2 is negative at −2.171.',
  async judge(device, value) {
    const x = tensor(device, [value]);
    const found = await using([x], () => numberOf(() => hardSwish(x)));
    const isLeft = value > -3 && value < -1.5;
    return [
      {
        name: 'value',
        pass: Math.abs(found + 0.3) < 5e-4,
        text: `your device computes hard-swish(${digits(value)}) = ${digits(found)}`,
      },
      {
        name: 'slope',
        pass: isLeft,
        text: isLeft ? 'it is negative there' : 'it is not negative there',
      },
    ];
  },
};

export const exercises: readonly AnyExercise[] = [hardSwishSlope, swishSlope, invert];
