import { expect, test } from 'vitest';
import { noGrad, scope, tensor } from '../../src/index.ts';
import { BlazeFace } from '../../src/models/blazeface/blazeface.ts';
import type { BlazeFaceVariant } from '../../src/models/blazeface/config.ts';
import { testDevice } from '../support/device.ts';
import back from './blazeface/back.json' with { type: 'json' };
import front from './blazeface/front.json' with { type: 'json' };

const FIXTURES = { front, back };

test.each(['front', 'back'] as const)(
  'BlazeFace %s computes what ONNX Runtime computes with the original file',
  async (variant: BlazeFaceVariant) => {
    const { anchors, rows } = FIXTURES[variant];
    const model = await BlazeFace.pretrained(await testDevice(), { variant });
    const { side } = model;
    const input = Float32Array.from({ length: side * side * 3 }, (_, i) =>
      Math.sin(i * 0.37 + Math.sin(i * 0.011) * 3),
    );
    const output = scope(() =>
      noGrad(() => model.call(tensor(model.device, input, { shape: [1, side, side, 3] }))),
    );
    expect(output.shape).toEqual([1, 896, 17]);
    const values = await output.data();
    output.dispose();
    let worst = 0;
    anchors.forEach((anchor, i) => {
      rows[i]!.forEach((value, k) => {
        worst = Math.max(worst, Math.abs(value - (values[17 * anchor + k] as number)));
      });
    });
    model.dispose();
    expect(worst).toBeLessThan(1e-3);
  },
);
