// Pooling: make an image smaller, then larger again.
// The maximum keeps bright spots; the mean blurs them. Bilinear enlargement cannot bring detail back.
import { avgPool2d, createDevice, interpolate, maxPool2d } from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';

const device = await createDevice();
const { images } = new DrawnFaces(device, { seed: 8, side: 64 }).batch(2, 2);
await show(images, { title: '64 × 64' });
await show(maxPool2d(images, { kernelSize: 4 }), { title: 'Maximum of 4 × 4 pixels' });
const small = avgPool2d(images, { kernelSize: 4 });
await show(small, { title: 'Mean of 4 × 4 pixels' });
await show(interpolate(small, { size: [64, 64], mode: 'bilinear' }), { title: 'Enlarged again' });
