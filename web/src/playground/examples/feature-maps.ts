// Feature maps: look inside a network while it runs.
// observe() reports the output of every layer. The weights are random here, so the maps are random filters.
import { createDevice, keep, noGrad, observe, type Tensor } from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';
import { getModel } from 'feathergrad/models';

const device = await createDevice();
const model = getModel('mobilenet_v3_small', { classes: 8, side: 64 }).to(device, { seed: 1 }).eval();
const { images } = new DrawnFaces(device, { seed: 5, side: 64 }).batch(0, 1);

const seen: { name: string; output: Tensor }[] = [];
noGrad(() =>
  observe(
    ({ path }, output) => {
      if (/^features\.[01]$/.test(path)) seen.push({ name: path, output: keep(output.alias()) });
    },
    () => model.call(images),
  ),
);
await show(images, { title: 'Input' });
for (const { name, output } of seen) await show(output, { title: name });
