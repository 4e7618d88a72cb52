import { HeatPixels } from '../pieces/pixels.tsx';
import { type Crossed, MAP, MIDDLE } from './crossed-strips.ts';

/** The two convolutions, their sum, the convolution that replaces them, and the difference. */
export function Melting({ crossed }: { crossed: Crossed }) {
  const { first, second, literal, merged, difference } = crossed;
  return (
    <div class="stack">
      <ol class="melting">
        <Row name="W [avg ; max] + b" values={first} />
        <Row name="+ W [max ; avg] + b" values={second} />
        <Row name="= the sum of two convolutions" values={literal} />
        <Row name="W [avg + max] + 2 b: one convolution" values={merged} />
        <Row name="their difference, 1,000,000 times" values={difference} top={1e-6} />
      </ol>
      <p class="small soft">
        Eight outputs below one another, first the rows of the map, then the columns; each output has its own
        scale.
      </p>
    </div>
  );
}

/**
 * Outputs [2 MAP, MIDDLE], drawn horizontally, from dark to light over the range of each output, or from 0 to `top`.
 */
function Row({ name, values, top }: { name: string; values: Float32Array; top?: number }) {
  const lying = lie(values);
  const scaled = new Float32Array(lying.length);
  for (let output = 0; output < MIDDLE; output++) {
    const one = lying.subarray(output * 2 * MAP, (output + 1) * 2 * MAP);
    const low = top === undefined ? Math.min(...one) : 0;
    const span = (top ?? Math.max(...one)) - low || 1;
    scaled.set(
      one.map((v) => (v - low) / span),
      output * 2 * MAP,
    );
  }
  return (
    <li>
      <span>{name}</span>
      <HeatPixels
        values={scaled}
        height={MIDDLE}
        width={2 * MAP}
        range={[0, 1]}
        label={`Heat map: ${name}`}
      />
    </li>
  );
}

/** [2 MAP, MIDDLE] to [MIDDLE, 2 MAP]. */
export function lie(values: Float32Array): Float32Array {
  return values.map((_, i) => {
    const [output, place] = [Math.floor(i / (2 * MAP)), i % (2 * MAP)];
    return values[place * MIDDLE + output] as number;
  });
}
