import { beforeAll, describe, expect, test } from 'vitest';
import { encodeSafetensors, encodeWeights, tensorsOf } from '../../src/formats/index.ts';
import { DeviceLostError } from '../../src/gpu/errors.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { pretrainedUrl } from '../../src/models/fer-mobilenetv3/pretrained-url.ts';
import { WeightsError } from '../../src/models/fer-mobilenetv3/weights-error.ts';
import type { RawImage } from '../../src/tensor/image.ts';
import { randomModuleState, writeModuleState } from '../support/check-module.ts';
import { openDevice, testDevice } from '../support/device.ts';
import { noise } from '../support/tiny-pictures.ts';

const picture: RawImage = {
  width: 50,
  height: 40,
  data: Uint8Array.from({ length: 2000 }, (_, i) => noise(i)),
};
const CLASSES = ['calm', 'cross', 'glad'];
const OPTIONS = {
  classes: CLASSES,
  variant: 'reduced-ca',
  side: 48,
  mean: [0.4, 0.5, 0.6],
  std: [0.3, 0.2, 0.1],
} as const;

let model: FerMobileNetV3;
let state: StateDict;
let file: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  model = new FerMobileNetV3(OPTIONS).to(await testDevice());
  writeModuleState(model, randomModuleState(model));
  state = await model.stateDict();
  file = encodeWeights(model, state);
});

test('weights in memory: network, class names, side and normalization come from the file, and predictions are the same', async () => {
  const loaded = await FerMobileNetV3.pretrained(model.device, { weights: file });
  const { classNames, variant, side, mean, std, training } = loaded;
  expect({ classes: classNames, variant, side, mean, std }).toEqual(OPTIONS);
  expect([training, loaded.features.training]).toEqual([false, false]);
  expect(await loaded.predict(picture)).toEqual(await model.predict(picture));
  loaded.dispose();
});

test('mean and standard deviation have an effect', async () => {
  const other = await FerMobileNetV3.pretrained(model.device, { weights: file, mean: [0, 0, 0] });
  expect(await other.predict(picture)).not.toEqual(await model.predict(picture));
  other.dispose();
});

test('weights at a URL, as an ArrayBuffer, and overridden by the caller', async () => {
  const url = URL.createObjectURL(new Blob([file]));
  const classes = ['a', 'b', 'c'];
  const fetched = await FerMobileNetV3.pretrained(model.device, { url, classes, side: 32 });
  URL.revokeObjectURL(url);
  expect([fetched.classNames, fetched.side, fetched.variant]).toEqual([classes, 32, 'reduced-ca']);
  fetched.dispose();
  const given = await FerMobileNetV3.pretrained(model.device, { weights: file.buffer });
  expect(given.classNames).toEqual(CLASSES);
  given.dispose();
});

describe('files that are not such weights', () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const without = (name: string) => new Map([...state].filter(([key]) => key !== name));

  test.each([
    [
      'a web page',
      () => utf8('<!doctype html><title>Not found</title>'),
      /it is a web page, which some servers/,
    ],
    ['a pointer of Git LFS', () => utf8('version https://git-lfs.github.com/spec/v1\noid 1'), /git lfs pull/],
    ['an archive', () => utf8('PK\u0003\u0004xxxxxxxxxxxx'), /seems to be a PyTorch file/],
    ['half a file', () => file.subarray(0, file.length / 2), /the weights given: .*It may be truncated/],
    [
      'another network',
      () => encodeSafetensors(tensorsOf(new Map([['fc.weight', state.get('classifier_1.0.bias')!]]))),
      /not a FerMobileNetV3's/,
    ],
    [
      'a network with a missing tensor',
      () => encodeWeights(model, without('features.0.0.weight')),
      /missing: features\.0\.0\.weight/,
    ],
    [
      'a weight that is not a number',
      () =>
        encodeWeights(
          model,
          new Map(state).set('classifier_1.0.bias', {
            shape: [640],
            data: new Float32Array(640).fill(Number.NaN),
          }),
        ),
      /classifier_1\.0\.bias is NaN at element 0\. The run/,
    ],
    [
      'too few names',
      () => encodeWeights(model, state, { about: { classes: '["a","b"]' } }),
      /2 class names, but the last layer has 3/,
    ],
  ])('%s', async (_, bytes, message) => {
    const before = model.device.memory().liveBytes;
    const loading = FerMobileNetV3.pretrained(model.device, { weights: bytes() });
    const error: unknown = await loading.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WeightsError);
    expect((error as Error).message).toMatch(message);
    expect(model.device.memory().liveBytes).toBe(before);
  });

  test('a missing file, with its URL', async () => {
    const url = new URL('./no-such-file.safetensors', import.meta.url);
    const loading = FerMobileNetV3.pretrained(model.device, { url });
    await expect(loading).rejects.toThrow(WeightsError);
    await expect(loading).rejects.toThrow('no-such-file.safetensors');
  });
});

test('the weights that come with feathergrad are next to the module', () => {
  expect(pretrainedUrl().pathname).toMatch(
    /\/fer-mobilenetv3\/weights\/fer-mobilenetv3-ferplus\.safetensors$/,
  );
});

test('a lost device is reported and not masked by another error', async () => {
  const device = await openDevice();
  device.destroy();
  await expect(FerMobileNetV3.pretrained(device, { weights: file })).rejects.toThrow(DeviceLostError);
});
