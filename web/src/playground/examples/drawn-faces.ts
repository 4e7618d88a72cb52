// Drawn faces: training images that your GPU draws.
// Image i depends only on the seed and on i, so there is no data set to download.
import { createDevice } from 'feathergrad';
import { DrawnFaces, EXPRESSIONS } from 'feathergrad/data';

const device = await createDevice();
const faces = new DrawnFaces(device, { seed: 2024, side: 64 });
const { images, labels } = faces.batch(0, 8);
await show(images, { title: 'The first eight faces' });
console.log([...(await labels.data())].map((label) => EXPRESSIONS[label]).join(', '));

const happy = faces.batch(100, 4, { label: EXPRESSIONS.indexOf('Happy') });
await show(happy.images, { title: 'Four happy people' });
