import process from 'node:process';
import { createDevice, FerMobileNetV3 } from 'feathergrad';
import sharp from 'sharp';

const device = await createDevice();
const model = await FerMobileNetV3.pretrained(device);
const { data, info } = await sharp(process.argv[2]).removeAlpha().raw().toBuffer({ resolveWithObject: true });
const [best] = await model.predict({ data, width: info.width, height: info.height });
console.log(`${best?.label} ${(100 * (best?.probability ?? 0)).toFixed(2)} %`);
device.destroy();
