import { add, type Device, type Kernel, sub, sum, type Tensor, tensor } from 'feathergrad';
import type { AnyExercise, Exercise, Finding, NumberExercise, Race } from '../exercises/exercise.ts';
import { compare, digits, noise, using, valuesOf } from '../exercises/judge.ts';
import { blank, head } from '../exercises/wgsl.ts';

const HEAD = head('count: u32', ['x'], 'y');

/** Adds x with one workgroup; the result has one element. */
function addBy(kernel: Kernel, x: Tensor): Tensor {
  const y = blank(x.device, [1]);
  const params = { count: x.size };
  x.device.dispatch(kernel, { label: 'exercise', bind: { x, y }, params, workgroups: [1, 1, 1] });
  return y;
}

async function judgeSum(
  device: Device,
  kernel: Kernel,
  name: string,
  values: Float32Array<ArrayBuffer>,
): Promise<Finding> {
  const x = tensor(device, values);
  const got = await using([x], () => valuesOf(() => addBy(kernel, x)));
  const exact = values.reduce((total, value) => total + value, 0); // in float64
  return compare(name, got, [exact], () => 'the sum', { relative: 2e-5, absolute: 1e-4 });
}

function raceSum(device: Device, kernel: Kernel): Race {
  const x = tensor(device, noise(1 << 16));
  return {
    what: 'The sum of 65,536 numbers',
    inputs: [x],
    own: () => void addBy(kernel, x),
    library: () => void sum(x),
  };
}

const oneThread = (body: string) => `${HEAD}
@compute @workgroup_size(1)
fn main() {
${body}
}
`;

const chunks: Exercise = {
  id: 'chunks',
  title: 'Keep the digits: add in chunks',
  task: 'One thread adds 65,536 times 0.1 to one total. Near the end the total is about 6,500, where an f32 has steps of 0.0005, so every addition rounds 0.1 by up to 0.2 %. The result must be accurate to 0.002 %. You still have one thread, so change the order of the additions.',
  hints: [
    'Rounding is coarse when a small number is added to a large total. How can you add numbers of similar size?',
    'Add chunks of 256 numbers, each to a separate total that starts at 0, and add the totals of the chunks.',
    'Two nested loops: for each start in steps of 256, sum x[start] to x[min(start + 256, count) − 1] into part, then total += part.',
  ],
  start: oneThread(`  var total = 0.0;
  for (var i = 0u; i < params.count; i++) { total += x[i]; }
  y[0] = total;`),
  solution: oneThread(`  var total = 0.0;
  for (var start = 0u; start < params.count; start += 256u) {
    var part = 0.0;
    for (var i = start; i < min(start + 256u, params.count); i++) { part += x[i]; }
    total += part;
  }
  y[0] = total;`),
  judge: (device, kernel) =>
    Promise.all([
      judgeSum(device, kernel, '65,536 times 0.1', new Float32Array(65_536).fill(0.1)),
      judgeSum(device, kernel, 'one number', Float32Array.of(3.5)),
      judgeSum(device, kernel, '1,000 numbers of both signs', noise(1000)),
    ]),
  race: raceSum,
};

const tree = (body: string) => `${HEAD}
var<workgroup> part: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_id) local: vec3u) {
  let t = local.x;
${body}
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (t < half) { part[t] += part[t + half]; }
    workgroupBarrier();
  }
  if (t == 0u) { y[0] = part[0]; }
}
`;

const leftOut: Exercise = {
  id: 'left-out',
  title: 'A tree that includes every number',
  task: 'One workgroup of 256 threads adds as a tree: in each round half as many threads add two numbers, and a barrier makes all threads wait for the end of the round. The tree is correct, but each thread contributes only one number, so all numbers after the 256th are ignored. Make each thread contribute its share.',
  hints: [
    'With 1,000 numbers, each thread should contribute the sum of about four of them.',
    'Thread t adds the numbers t, t + 256, t + 512, … as long as the index is below the count. Neighboring threads then read neighboring numbers, which is fast.',
    'var sum = 0.0; for (var i = t; i < params.count; i += 256u) { sum += x[i]; }',
  ],
  start: tree(`  part[t] = 0.0;
  if (t < params.count) { part[t] = x[t]; }`),
  solution: tree(`  var sum = 0.0;
  for (var i = t; i < params.count; i += 256u) { sum += x[i]; }
  part[t] = sum;`),
  judge: (device, kernel) =>
    Promise.all(
      [1, 100, 256, 257, 1000, 5000].map((count) =>
        judgeSum(
          device,
          kernel,
          `${count.toLocaleString('en-US')} numbers`,
          noise(count).map((v) => v + 0.5),
        ),
      ),
    ),
  race: raceSum,
};

const swallowed: NumberExercise = {
  id: 'swallowed',
  title: 'The number that swallows a 1',
  task: 'A float (f32) has 24 binary digits. What is the smallest positive whole number n for which n + 1 is rounded back to n?',
  hints: [
    'With 24 binary digits every whole number up to a certain size can be written exactly.',
    'Beyond that size only even numbers can be written.',
    'It is a power of two: the first number with 25 binary digits.',
  ],
  answer: 2 ** 24,
  solution:
    '2²⁴ = 16,777,216. The next float is 16,777,218; the sum is exactly half-way and is rounded to the one whose last digit is even, which is n. So a long sum of ones stops growing there, one more reason to add in a tree.',
  async judge(device, value) {
    const n = tensor(device, [value, value - 1]);
    const gained = await using([n], () => valuesOf(() => sub(add(n, 1), n)));
    const [here = 0, before = 0] = gained;
    const isExact = Number.isInteger(value) && Math.fround(value) === value && value > 0;
    return [
      {
        name: 'n + 1',
        pass: isExact && here === 0,
        text: `your device computes (n + 1) − n = ${digits(here)}`,
      },
      {
        name: 'n − 1',
        pass: isExact && before === 1,
        text:
          before === 1
            ? 'one less still grows by 1'
            : 'one less does not grow by 1 either, so there is a smaller n',
      },
    ];
  },
};

export const exercises: readonly AnyExercise[] = [chunks, leftOut, swallowed];
