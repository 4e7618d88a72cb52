// Speed: how long does a matrix product take on your GPU?
// The first run compiles the kernel, so it is not measured. Larger products use the GPU better.
import { createDevice, matmul, noGrad, rand, scope } from 'feathergrad';

const device = await createDevice();
for (const size of [32, 64, 128, 256]) {
  const a = rand(device, [size, size], { seed: 1 });
  const b = rand(device, [size, size], { seed: 2 });
  const work = await device.capture(() => scope(() => noGrad(() => matmul(a, b))));
  work.run();
  await device.sync();
  const started = performance.now();
  for (let i = 0; i < 5; i++) work.run();
  await device.sync();
  const milliseconds = (performance.now() - started) / 5;
  const rate = (2 * size ** 3) / milliseconds / 1e6;
  console.log(`${size} × ${size}: ${milliseconds.toFixed(2)} ms, ${rate.toFixed(2)} GFLOP/s`);
  show({ gigaflops: rate }, { title: 'GFLOP/s by size: 32, 64, 128, 256' });
}
