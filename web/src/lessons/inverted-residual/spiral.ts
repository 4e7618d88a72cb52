import { type Device, matmul, relu, relu6, scope, type Tensor, tensor } from 'feathergrad';

export const ACTIVATIONS = ['relu', 'relu6', 'none'] as const;
export type Activation = (typeof ACTIVATIONS)[number];
/** Points of the spiral. */
export const POINTS = 200;

/** Two turns of a spiral around the origin, [POINTS, 2]. */
export function spiral(): Float32Array<ArrayBuffer> {
  const points = new Float32Array(2 * POINTS);
  for (let i = 0; i < POINTS; i++) {
    const share = i / (POINTS - 1);
    const angle = 4 * Math.PI * share;
    const radius = 0.15 + 0.85 * share;
    points[2 * i] = radius * Math.cos(angle);
    points[2 * i + 1] = radius * Math.sin(angle);
  }
  return points;
}

/** Normal random numbers, the same for the same seed (a linear congruential generator and Box and Muller's method). */
function normals(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = Math.imul(seed, 2654435761) >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** A random expansion T [2, n] and its pseudoinverse Tᵀ (T Tᵀ)⁻¹ [n, 2], which projects back. */
function pair(
  n: number,
  seed: number,
): { expand: Float32Array<ArrayBuffer>; project: Float32Array<ArrayBuffer> } {
  const expand = normals(2 * n, seed);
  const at = (row: number, column: number) => expand[row * n + column] as number;
  let [a, b, d] = [0, 0, 0];
  for (let j = 0; j < n; j++) {
    a += at(0, j) ** 2;
    b += at(0, j) * at(1, j);
    d += at(1, j) ** 2;
  }
  const det = a * d - b * b;
  const project = new Float32Array(2 * n);
  for (let j = 0; j < n; j++) {
    project[2 * j] = (d * at(0, j) - b * at(1, j)) / det;
    project[2 * j + 1] = (a * at(1, j) - b * at(0, j)) / det;
  }
  return { expand, project };
}

function activate(x: Tensor, activation: Activation): Tensor {
  if (activation === 'relu') return relu(x);
  return activation === 'relu6' ? relu6(x) : x;
}

export interface Recovered {
  /** what comes back, [POINTS, 2] */
  points: Float32Array;
  /** share of the points for which every channel is 0 after the activation */
  dead: number;
  /** error that is left after the best straightening, relative to the size of the spiral */
  error: number;
}

/** Expands the spiral to n channels, activates, and projects back to two, on the device. */
export async function throughBlock(
  device: Device,
  n: number,
  activation: Activation,
  seed: number,
): Promise<Recovered> {
  const original = spiral();
  const { expand, project } = pair(n, seed);
  const results = scope(() => {
    const x = tensor(device, original, { shape: [POINTS, 2] });
    const wide = activate(matmul(x, tensor(device, expand, { shape: [2, n] })), activation);
    return [matmul(wide, tensor(device, project, { shape: [n, 2] })), wide];
  });
  try {
    const [points, wide] = (await device.read(results)).map((bytes) => new Float32Array(bytes)) as [
      Float32Array,
      Float32Array,
    ];
    let dead = 0;
    for (let i = 0; i < POINTS; i++) {
      if (wide.subarray(i * n, (i + 1) * n).every((value) => value === 0)) dead++;
    }
    return { points, dead: dead / POINTS, error: straightened(points, original) };
  } finally {
    for (const one of results) one.dispose();
  }
}

/**
 * Sends the spiral through three blocks, with a ReLU after each projection or without.
 * @returns the points, [POINTS, 2], and the share of those that a ReLU has set a number to 0 at least once
 */
export async function throughBlocks(
  device: Device,
  n: number,
  isActivated: boolean,
): Promise<{ points: Float32Array; clipped: number }> {
  const results = scope(() => {
    let x = tensor(device, spiral(), { shape: [POINTS, 2] });
    const projections: Tensor[] = [];
    for (let block = 0; block < 3; block++) {
      const { expand, project } = pair(n, block + 1);
      const wide = relu(matmul(x, tensor(device, expand, { shape: [2, n] })));
      const projected = matmul(wide, tensor(device, project, { shape: [n, 2] }));
      if (isActivated) projections.push(projected);
      x = isActivated ? relu(projected) : projected;
    }
    return [x, ...projections];
  });
  try {
    const [points, ...projections] = (await device.read(results)).map((bytes) => new Float32Array(bytes));
    const isClipped = (i: number) =>
      projections.some((one) => (one[2 * i] as number) < 0 || (one[2 * i + 1] as number) < 0);
    return { points: points as Float32Array, clipped: sumOver((i) => (isClipped(i) ? 1 : 0)) / POINTS };
  } finally {
    for (const one of results) one.dispose();
  }
}

/** Fits x ≈ A y + c by least squares and returns the relative error that is left. */
function straightened(y: Float32Array, x: Float32Array): number {
  const row = (i: number) => [y[2 * i] as number, y[2 * i + 1] as number, 1];
  const square = [0, 1, 2].map((k) =>
    [0, 1, 2].map((l) => sumOver((i) => (row(i)[k] as number) * (row(i)[l] as number))),
  );
  let error = 0;
  for (const side of [0, 1]) {
    const goal = (i: number) => x[2 * i + side] as number;
    const right = [0, 1, 2].map((k) => sumOver((i) => (row(i)[k] as number) * goal(i)));
    const fit = solve(square, right);
    error += sumOver(
      (i) => (row(i).reduce((sum, value, k) => sum + value * (fit[k] as number), 0) - goal(i)) ** 2,
    );
  }
  return Math.sqrt(error / x.reduce((sum, value) => sum + value * value, 0));
}

function sumOver(of: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < POINTS; i++) sum += of(i);
  return sum;
}

/** Solves three equations by Gauss and Jordan's method; a tiny diagonal keeps it defined when points coincide. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [
    ...row.map((value, j) => value + (i === j ? 1e-9 : 0)),
    right[i] as number,
  ]);
  for (const [i, pivot] of rows.entries()) {
    for (const other of rows) {
      if (other === pivot) continue;
      const factor = (other[i] as number) / (pivot[i] as number);
      for (let j = 0; j < other.length; j++) other[j] = (other[j] as number) - factor * (pivot[j] as number);
    }
  }
  return rows.map((row, i) => (row[3] as number) / (row[i] as number));
}
