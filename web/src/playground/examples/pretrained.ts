// Use the trained network: which expression is this?
// The weights come with feathergrad. They were trained on photos, so a drawing is a hard question.
import { createDevice, FerMobileNetV3 } from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';

const device = await createDevice();
const model = await FerMobileNetV3.pretrained(device);
const { images } = new DrawnFaces(device, { seed: 12, side: 96 }).batch(3, 1, { label: 3 });
await show(images, { title: 'A happy face, drawn' });

const rgb = await images.data();
const data = Uint8ClampedArray.from(rgb, (value) => 255 * value);
for (const { label, probability } of await model.predict({ data, width: 96, height: 96 })) {
  console.log(
    label.padEnd(12),
    '█'.repeat(Math.round(40 * probability)),
    (100 * probability).toFixed(1),
    '%',
  );
}
