// Blur and edges: a convolution with weights that were not learned.
// A depthwise convolution applies one small kernel to each color separately.
import { createDevice, depthwiseConv2d, mean, mul, tensor } from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';

const device = await createDevice();
const { images } = new DrawnFaces(device, { seed: 3, side: 64 }).batch(5, 1);
await show(images, { title: 'The image' });

/** Returns a kernel [3, 3, 3] that is the same for red, green and blue. */
const forEachColor = (kernel: number[]) =>
  tensor(
    device,
    kernel.flatMap((value) => [value, value, value]),
    { shape: [3, 3, 3] },
  );

const blur = forEachColor([1, 2, 1, 2, 4, 2, 1, 2, 1].map((value) => value / 16));
await show(depthwiseConv2d(images, blur, null, { padding: 1 }), { title: 'Blurred' });

const edges = forEachColor([-1, 0, 1, -2, 0, 2, -1, 0, 1]);
const slopes = depthwiseConv2d(images, edges, null, { padding: 1 });
const strength = mean(mul(slopes, slopes), -1, true);
await show(strength, { title: 'Vertical edges', as: 'heat' });
