// The script of a saved page. It is bundled as one file, with the library, and inlined into the page together with the
// weights, so that the page needs no server and no network.
import { createDevice } from 'feathergrad';
import { FaceDetector, faceWindow } from 'feathergrad/faces';
import { decodeWeights } from 'feathergrad/formats';
import { modelOf } from 'feathergrad/models';
import { type CropWindow, centerSquare, cropOf, isBlank } from '../../lib/crop.ts';

interface Config {
  subject: 'faces' | 'anything';
  cropSide: number;
  /** below this probability the page names no class */
  sure: number;
}

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const dataOf = (id: string) => find(id).textContent ?? '';

async function bytesOf(id: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = dataOf(id).trim();
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4) - (/=*$/.exec(text)?.[0].length ?? 0));
  const chunk = 4 * 65536; // a multiple of 4 characters
  for (let from = 0, to = 0; from < text.length; from += chunk) {
    const part = atob(text.slice(from, from + chunk));
    for (let i = 0; i < part.length; i++) bytes[to++] = part.charCodeAt(i);
  }
  return bytes;
}

const status = find('status');
const verdict = find('verdict');
const bars = find('bars');

async function main(): Promise<void> {
  const config = JSON.parse(dataOf('config')) as Config;
  const device = await createDevice();
  const { state, metadata } = decodeWeights(await bytesOf('weights'));
  const model = modelOf(state, metadata).to(device).eval();
  model.loadStateDict(state);
  const detector =
    config.subject === 'faces'
      ? await FaceDetector.load(device, { weights: await bytesOf('detector') })
      : null;
  status.textContent = 'Ready. Turn on the camera, or choose a picture.';
  find<HTMLButtonElement>('camera').disabled = false;
  find<HTMLInputElement>('file').disabled = false;

  const windowOf = async (picture: ImageBitmap, isVideo: boolean): Promise<CropWindow | null> => {
    if (!detector) return centerSquare(picture.width, picture.height);
    const faces = await detector.detect(picture, isVideo ? { scales: [1] } : {});
    const [largest] = faces.sort((a, b) => b.box.width - a.box.width);
    if (!largest) return null;
    const { left, top, width, angle } = faceWindow(largest);
    return { left, top, size: width, angle };
  };

  const look = async (picture: ImageBitmap, isVideo: boolean): Promise<void> => {
    const window = await windowOf(picture, isVideo);
    if (!window) {
      show('No face', null);
      return;
    }
    const crop = cropOf(picture, window, config.cropSide);
    const ranked = await model.predict({ data: crop.data, width: crop.width, height: crop.height });
    const [best] = ranked;
    const isSure = best && best.probability >= config.sure && !isBlank(crop);
    show(
      isSure ? best.label : 'Not sure',
      new Map(ranked.map(({ label, probability }) => [label, probability])),
    );
  };

  const show = (text: string, values: Map<string, number> | null): void => {
    verdict.textContent = text;
    bars.replaceChildren(
      ...model.classNames.map((name) => {
        const row = document.createElement('li');
        const label = document.createElement('span');
        const bar = document.createElement('meter');
        label.textContent = name;
        bar.max = 1;
        bar.value = values?.get(name) ?? 0;
        const number = document.createElement('b');
        number.textContent = values ? `${(100 * (values.get(name) ?? 0)).toFixed(0)} %` : '–';
        row.append(label, bar, number);
        return row;
      }),
    );
  };
  show('', null);
  connect(look);
}

/** Connects the camera and the file input. */
function connect(look: (picture: ImageBitmap, isVideo: boolean) => Promise<void>): void {
  const video = find<HTMLVideoElement>('video');
  const canvas = find<HTMLCanvasElement>('canvas');
  const button = find<HTMLButtonElement>('camera');
  let stream: MediaStream | null = null;
  const off = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.hidden = true;
    button.textContent = 'Turn camera on';
  };
  const loop = async () => {
    while (stream) {
      if (video.videoWidth > 0) {
        const frame = await createImageBitmap(video);
        await look(frame, true);
        frame.close();
      }
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  };
  button.onclick = async () => {
    if (stream) {
      off();
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 } } });
      video.srcObject = stream;
      video.hidden = false;
      canvas.hidden = true;
      await video.play();
      button.textContent = 'Turn camera off';
      loop().catch(fail);
    } catch (error) {
      status.textContent = `The camera could not be opened: ${error instanceof Error ? error.message : error}`;
    }
  };
  find<HTMLInputElement>('file').onchange = async ({ target }) => {
    const file = (target as HTMLInputElement).files?.[0];
    if (!file) return;
    off();
    try {
      const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
      canvas.hidden = false;
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.getContext('2d')?.drawImage(picture, 0, 0);
      verdict.textContent = '…';
      await look(picture, false);
      picture.close();
    } catch (error) {
      fail(error);
    }
  };
}

function fail(error: unknown): void {
  status.textContent = error instanceof Error ? error.message : String(error);
}

main().catch(fail);
