import { type Device, empty, Kernel, noGrad, scope, sum, type Tensor, tensor, zeros } from 'feathergrad';
import { Repeated } from '../../../../bench/own/repeated.ts';
import arrivalSource from './arrival_sum.wgsl';
import naiveSource from './naive_sum.wgsl';
import treeSource from './tree_sum.wgsl';

const naiveKernel = new Kernel('naive_sum', naiveSource);
const treeKernel = new Kernel('tree_sum', treeSource);
const arrivalKernel = new Kernel('arrival_sum', arrivalSource);

export const WAYS = ['naive', 'chunks', 'tree'] as const;
export type Way = (typeof WAYS)[number];

export const KINDS = ['random', 'alike', 'wide'] as const;
export type NumberKind = (typeof KINDS)[number];

const GROUP = 256;
const MOST_GROUPS = 256;

/** Returns `count` numbers: random in [0, 1), all 0.1, or of both signs from tiny to large; the same every time. */
export function numbers(kind: NumberKind, count: number): Float32Array<ArrayBuffer> {
  let state = 12345;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => {
    if (kind === 'alike') return 0.1;
    if (kind === 'random') return random();
    return (random() - 0.45) * 10 ** (8 * random() - 4);
  });
}

/** Returns the same numbers in another order (Fisher and Yates). */
export function shuffled(values: Float32Array<ArrayBuffer>, seed: number): Float32Array<ArrayBuffer> {
  const list = values.slice();
  let state = seed;
  for (let i = list.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    const other = list[j] as number;
    list[j] = list[i] as number;
    list[i] = other;
  }
  return list;
}

/** Returns the sum with an error far below the precision of f32: float64 with Neumaier's compensation. */
export function exactSum(values: Float32Array): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Records one way of summing x; the result has one element. */
function addBy(way: Way, x: Tensor): Tensor {
  const { device, size: count } = x;
  if (way === 'chunks') return noGrad(() => sum(x));
  if (way === 'naive') {
    const y = empty(device, [1]);
    device.dispatch(naiveKernel, {
      label: 'naive sum',
      bind: { x, y },
      params: { count },
      workgroups: [1, 1, 1],
    });
    return y;
  }
  const groups = Math.min(MOST_GROUPS, Math.ceil(count / GROUP));
  const parts = empty(device, [groups]);
  tree(x, parts);
  if (groups === 1) return parts;
  const y = empty(device, [1]);
  tree(parts, y);
  return y;
}

function tree(x: Tensor, y: Tensor): void {
  y.device.dispatch(treeKernel, {
    label: 'tree sum',
    bind: { x, y },
    params: { count: x.size, groups: y.size },
    workgroups: [y.size, 1, 1],
  });
}

export interface Raced {
  value: number;
  milliseconds: number;
  dispatches: number;
}

/** Returns the sum by one way, and its time. */
export async function race(device: Device, way: Way, values: Float32Array<ArrayBuffer>): Promise<Raced> {
  using x = tensor(device, values);
  using y = scope(() => addBy(way, x));
  const value = await y.item();
  const work = () => scope(() => void addBy(way, x));
  const repeated = await Repeated.record(device, work, { milliseconds: 20 });
  try {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await repeated.timedRun());
    const milliseconds = times.sort((a, b) => a - b)[2] as number;
    return { value, milliseconds, dispatches: repeated.dispatches };
  } finally {
    repeated.dispose();
  }
}

/** Returns repeated sums of the same numbers, by feathergrad's op or in order of arrival. */
export async function sumManyTimes(
  device: Device,
  values: Float32Array<ArrayBuffer>,
  times: number,
  inOrder: boolean,
): Promise<number[]> {
  using x = tensor(device, values);
  const results = scope(() =>
    Array.from({ length: times }, () => {
      if (inOrder) return addBy('chunks', x);
      const cell = zeros(device, [1]);
      device.dispatch(arrivalKernel, {
        label: 'sum in order of arrival',
        bind: { x, cell },
        params: { count: x.size },
        workgroups: [Math.ceil(x.size / 64), 1, 1],
      });
      return cell;
    }),
  );
  try {
    return (await device.read(results)).map((bytes) => new Float32Array(bytes)[0] as number);
  } finally {
    for (const one of results) one.dispose();
  }
}

/** Returns the bits of an f32 in hexadecimal. */
export function bitsOf(value: number): string {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0] as number;
  return bits.toString(16).padStart(8, '0');
}
