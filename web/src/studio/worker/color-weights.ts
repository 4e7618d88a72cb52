import type { StateDict } from 'feathergrad';

/** The first convolution of the built-in weights, [out, 3, height, width]. */
const FIRST = 'features.0.0.weight';
/** Share of each channel in the luma of a pixel (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Returns weights that were trained on gray images for a network that receives colors: the first convolution computes
 * the same from the luma of the colors, except for a constant, and can then learn colors.
 *
 * @param std deviations by which the network divides the channels
 */
export function forColors(state: StateDict, std: readonly number[]): StateDict {
  const entry = state.get(FIRST);
  if (!entry || entry.shape[1] !== LUMA.length) return state;
  const [outputs, , height, width] = entry.shape as [number, number, number, number];
  const size = height * width;
  const data = new Float32Array(entry.data.length);
  for (let out = 0; out < outputs; out++) {
    for (let at = 0; at < size; at++) {
      const index = (channel: number) => (out * LUMA.length + channel) * size + at;
      const gray = LUMA.reduce(
        (sum, _, channel) => sum + (entry.data[index(channel)] as number) / (std[channel] as number),
        0,
      );
      LUMA.forEach((share, channel) => {
        data[index(channel)] = gray * share * (std[channel] as number);
      });
    }
  }
  return new Map(state).set(FIRST, { shape: [...entry.shape], data });
}
