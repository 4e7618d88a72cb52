import {
  add,
  type Device,
  hardSwish,
  matmul,
  mean,
  mul,
  noGrad,
  randn,
  scope,
  sqrt,
  type Tensor,
} from 'feathergrad';

const WIDTH = 64;
const ROWS = 32;
export const LAYERS = 12;

/** Returns the root mean square after each of twelve layers, with the gate clamped to 0..1 or not. */
export async function sizesByDepth(device: Device, isHeld: boolean): Promise<number[]> {
  const sizes = scope(() =>
    noGrad(() => {
      const list: Tensor[] = [];
      let x = randn(device, [ROWS, WIDTH], { seed: 1, std: 4 });
      for (let i = 0; i < LAYERS; i++) {
        const weight = randn(device, [WIDTH, WIDTH], { seed: 2, stream: i, std: Math.sqrt(2 / WIDTH) });
        const v = matmul(x, weight);
        x = isHeld ? hardSwish(v) : mul(v, mul(add(v, 3), 1 / 6)); // the same without relu6
        list.push(sqrt(mean(mul(x, x))));
      }
      return list;
    }),
  );
  try {
    return (await device.read(sizes)).map((bytes) => new Float32Array(bytes)[0] as number);
  } finally {
    for (const one of sizes) one.dispose();
  }
}
