import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { predictCommand } from '../../src/cli/predict/command.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import { at, byHand, folder, run } from '../support/evaluated-part.ts';

describe('feathergrad predict', () => {
  test('names class and probability of each; a file that is no picture does not stop the others', async () => {
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
    expect(predictions[1]!.error).toMatch(/unsupported image format/);
    expect(predictions[2]!.error).toBe('there is no such file');
    expect(predictions[3]!.error).toMatch(/is a folder; name the pictures in it/);
    expect(stderr).toMatch(/notes\.png +is no picture that can be read: .*unsupported/);
  });

  test('refuses names that are empty or twice, and takes the side by both names', async () => {
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
