/** Invented people: three expressions, described by two measurements, in two groups. */
export const CLASSES = ['neutral', 'happy', 'surprised'] as const;
export const GROUPS = ['A', 'B'] as const;
export type Group = (typeof GROUPS)[number];

/** Mean of [lift of the corners of the mouth, opening of the mouth] by group and class; the deviation is SPREAD. */
const MEANS: Record<Group, readonly (readonly [number, number])[]> = {
  A: [
    [-1, -1],
    [1, -0.6],
    [0, 1.2],
  ],
  // the corners of the mouth are higher in every face of this group, also at rest
  B: [
    [0.4, -1],
    [2.4, -0.6],
    [1.4, 1.2],
  ],
};
const SPREAD = 0.6;

export interface People {
  /** [count, 2] */
  features: Float32Array<ArrayBuffer>;
  labels: Uint32Array<ArrayBuffer>;
}

/** Draws people of a group, the classes in turn; the same for the same seed. */
export function draw(group: Group, count: number, seed: number): People {
  let state = Math.imul(seed + (group === 'B' ? 77 : 0), 2654435761) >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const features = new Float32Array(2 * count);
  const labels = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const label = i % CLASSES.length;
    const [lift, opening] = MEANS[group][label] as readonly [number, number];
    labels[i] = label;
    features[2 * i] = lift + SPREAD * normal();
    features[2 * i + 1] = opening + SPREAD * normal();
  }
  return { features, labels };
}

/** Puts groups together. */
export function together(all: readonly People[]): People {
  return {
    features: Float32Array.from(all.flatMap(({ features }) => [...features])),
    labels: Uint32Array.from(all.flatMap(({ labels }) => [...labels])),
  };
}
