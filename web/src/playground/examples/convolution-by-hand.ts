// Convolution by hand: the same result from five nested loops.
// The loops are slow but easy to read. The last line compares them with the GPU.
import { conv2d, createDevice, rand, randn } from 'feathergrad';

const [SIDE, IN, OUT, K] = [6, 2, 3, 3];
const device = await createDevice();
const x = rand(device, [1, SIDE, SIDE, IN], { seed: 1 });
const weight = randn(device, [K, K, IN, OUT], { seed: 2 });
const [pixels, weights] = [await x.data(), await weight.data()];
const computed = await conv2d(x, weight).data(); // [1, 4, 4, 3]

let worst = 0;
const size = SIDE - K + 1; // no padding
for (let i = 0; i < size; i++) {
  for (let j = 0; j < size; j++) {
    for (let o = 0; o < OUT; o++) {
      let sum = 0;
      for (let r = 0; r < K; r++) {
        for (let s = 0; s < K; s++) {
          for (let c = 0; c < IN; c++) {
            const pixel = pixels[((i + r) * SIDE + (j + s)) * IN + c] ?? 0;
            sum += pixel * (weights[((r * K + s) * IN + c) * OUT + o] ?? 0);
          }
        }
      }
      worst = Math.max(worst, Math.abs(sum - (computed[(i * size + j) * OUT + o] ?? 0)));
    }
  }
}
console.log('largest difference between loops and GPU:', worst.toExponential(1));
