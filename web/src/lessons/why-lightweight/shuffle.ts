import { backward, channelShuffle, conv2d, type Device, ones, scope, type Tensor, tensor } from 'feathergrad';

export const CHANNELS = 8;
const GROUPS = 2;

/**
 * Returns which input channels each output channel of two grouped 1 × 1 convolutions depends on, [output, input] as 0
 * or 1: where the gradient is not 0.
 */
export async function reach(device: Device, isShuffled: boolean): Promise<Float32Array> {
  const slopes = scope(() => {
    const w = ones(device, [1, 1, CHANNELS / GROUPS, CHANNELS]);
    return Array.from({ length: CHANNELS }, (_, output) => {
      const x = ones(device, [1, 1, 1, CHANNELS]);
      x.requiresGrad = true;
      const first = conv2d(x, w, null, { groups: GROUPS });
      const mixed = isShuffled ? channelShuffle(first, GROUPS) : first;
      const y = conv2d(mixed, w, null, { groups: GROUPS });
      const one = new Float32Array(CHANNELS);
      one[output] = 1;
      backward(y, { gradient: tensor(device, one, { shape: y.shape }) });
      return (x.grad as Tensor).detach();
    });
  });
  try {
    const rows = (await device.read(slopes)).map((bytes) => new Float32Array(bytes));
    return Float32Array.from(rows.flatMap((row) => [...row].map((value) => (value !== 0 ? 1 : 0))));
  } finally {
    for (const one of slopes) one.dispose();
  }
}
