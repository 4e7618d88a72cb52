import { FerMobileNetV3 } from 'feathergrad';
import { createDevice } from 'feathergrad/node';
import sharp from 'sharp';

/** @type {Promise<FerMobileNetV3> | undefined} opened by the first request */
let opening;

/** Recognizes on the server: POST the bytes of an image file. */
export async function POST(request) {
  opening ??= createDevice().then((device) => FerMobileNetV3.pretrained(device));
  const model = await opening;
  const file = Buffer.from(await request.arrayBuffer());
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return Response.json(await model.predict({ data, width: info.width, height: info.height }, { topK: 3 }));
}
