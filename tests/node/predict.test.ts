import { readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { predictCommand } from '../../src/cli/predict/command.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.ts';
import { stateOf, tensorsOf } from '../../src/formats/state-tensors.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { testDevice } from '../support/device.ts';
import { at, byHand, folder, run, withEvaluatedPart, writeWeights } from '../support/evaluated-part.ts';
import { noise } from '../support/tiny-pictures.ts';

withEvaluatedPart();

describe('feathergrad predict', () => {
  test('prints class and probability of each; a file that is not an image does not stop the others', async () => {
    const weights = at('plain.safetensors');
    await writeFile(at('notes.png'), 'this is no picture');
    const picture = at('ferplus/FER2013Test/fer1.png');
    const files = [picture, at('notes.png'), at('missing.png'), folder, at('ferplus/FER2013Test/fer4.png')];
    const { stdout, stderr } = await run(predictCommand(), [...files, '--weights', weights, '--json']);
    expect(process.exitCode).toBe(1);
    const { predictions } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as {
      predictions: { file: string; label?: string; probability?: number; error?: string }[];
    };
    expect(predictions.map(({ file }) => file)).toEqual(files);
    const rows = await byHand(weights);
    for (const [row, found] of [
      [rows[1]!, predictions[0]!],
      [rows[4]!, predictions[4]!],
    ] as const) {
      const best = Math.max(...row);
      expect(found.label).toBe(FER_CLASSES[row.indexOf(best)]);
      expect(found.probability).toBeCloseTo(best, 4);
    }
    expect(predictions[1]!.error).toMatch(
      /cannot be decoded as an image: it is not a PNG, JPEG or WebP file/,
    );
    expect(predictions[2]!.error).toBe('does not exist');
    expect(predictions[3]!.error).toMatch(/is a folder\. Name the images in it/);
    expect(stderr).toMatch(/notes\.png +cannot be decoded as an image: .*not a PNG/);
  });

  test('rejects empty and repeated names, and accepts both names of the side', async () => {
    const args = [at('ferplus/FER2013Test/fer1.png'), '--weights', at('plain.safetensors'), '--json'];
    for (const classes of ['a,b,c,d,e,f,g,', 'a', 'a,b,c,d,e,f,g,a']) {
      await expect(run(predictCommand(), [...args, '--classes', classes])).rejects.toThrow(
        /expected .* name/,
      );
    }
    const side = await run(predictCommand(), [...args, '--side', '48']);
    const size = await run(predictCommand(), [...args, '--size', '48']);
    const plain = await run(predictCommand(), args);
    expect(side.stdout).toBe(size.stdout);
    expect(side.stdout).not.toBe(plain.stdout);
  });

  test('agrees with predict(), also for color images and weights trained on gray ones', async () => {
    const weights = await writeWeights('gray.safetensors', { color: 'gray', mirror: true });
    const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => noise(i));
    const luma = Uint8Array.from({ length: 40 * 30 }, (_, i) =>
      Math.round(0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!),
    );
    const size = { width: 40, height: 30 };
    await sharp(data, { raw: { ...size, channels: 3 } })
      .png()
      .toFile(at('color.png'));
    await sharp(luma, { raw: { ...size, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(at('luma.png'));
    const read = async (...options: string[]) => {
      const args = [at('color.png'), at('luma.png'), '--weights', weights, '--json', ...options];
      const { stdout } = await run(predictCommand(), args);
      return JSON.parse(stdout) as {
        mirror: boolean;
        predictions: { probabilities: Record<string, number> }[];
      };
    };
    const { mirror, predictions } = await read();
    expect(mirror).toBe(true);
    expect(predictions[0]!.probabilities).toEqual(predictions[1]!.probabilities);
    using model = await FerMobileNetV3.pretrained(await testDevice(), { weights: await readFile(weights) });
    for (const { label, probability } of await model.predict({ ...size, data })) {
      expect(predictions[0]!.probabilities[label]).toBeCloseTo(probability, 6);
    }
    const inColor = await read('--color', 'rgb', '--no-mirror');
    expect(inColor.mirror).toBe(false);
    expect(inColor.predictions[0]!.probabilities).not.toEqual(inColor.predictions[1]!.probabilities);
  });

  test('weights with NaN are rejected by name', async () => {
    const { tensors, metadata } = decodeSafetensors(await readFile(at('plain.safetensors')));
    const state = stateOf(tensors);
    (state.get('features.2.block.0.0.weight')!.data as Float32Array)[3] = Number.NaN;
    await writeFile(at('nan.safetensors'), encodeSafetensors(tensorsOf(state), metadata));
    const args = [at('ferplus/FER2013Test/fer1.png'), '--weights', at('nan.safetensors')];
    await expect(run(predictCommand(), args)).rejects.toThrow(
      /nan\.safetensors: weights: features\.2\.block\.0\.0\.weight is NaN at element 3/,
    );
  });

  test('as text, mirrored, exit code 0', async () => {
    const weights = at('plain.safetensors');
    const picture = at('ferplus/FER2013Test/fer2.png');
    const { stdout } = await run(predictCommand(), [picture, '--weights', weights, '--mirror', '--top', '2']);
    expect(process.exitCode).toBeUndefined();
    const [rows, turned] = [await byHand(weights), await byHand(weights, true)];
    const mean = rows[2]!.map((value, i) => (value + turned[2]![i]!) / 2);
    const best = FER_CLASSES[mean.indexOf(Math.max(...mean))]!;
    expect(stdout).toMatch(new RegExp(`fer2\\.png {2}${best} [\\d.]+ %  \\(\\w+ [\\d.]+ %\\)\\n$`));
  });
});
