/** Stops of a dark-to-light scale (after matplotlib's inferno), for attention overlays. */
const STOPS = [
  [20, 11, 52],
  [101, 21, 110],
  [187, 55, 84],
  [237, 105, 37],
  [252, 180, 55],
  [252, 255, 164],
] as const;

/**
 * Converts a map [height, width] to pixels, scaled to `range` (default: from its lowest to its highest finite value).
 * Values that are not finite, as after a diverged step, are transparent.
 */
export function heatImage(
  values: ArrayLike<number>,
  height: number,
  width: number,
  range?: readonly [number, number],
): ImageData {
  let [low, high] = range ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; !range && i < height * width; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  const span = high - low || 1;
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    if (!Number.isFinite(values[i])) continue;
    const share = Math.min(1, Math.max(0, ((values[i] as number) - low) / span));
    const at = share * (STOPS.length - 1);
    const below = Math.min(STOPS.length - 2, Math.floor(at));
    const [a, b] = [STOPS[below], STOPS[below + 1]] as [readonly number[], readonly number[]];
    for (let c = 0; c < 3; c++) {
      image.data[4 * i + c] = (a[c] as number) + (at - below) * ((b[c] as number) - (a[c] as number));
    }
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** Draws a map over an image, smoothly enlarged, with opacity `strength` from 0 to 1. */
export function drawHeat(
  context: CanvasRenderingContext2D,
  map: { values: ArrayLike<number>; height: number; width: number },
  box: { x: number; y: number; width: number; height: number },
  strength: number,
): void {
  const image = heatImage(map.values, map.height, map.width);
  const small = new OffscreenCanvas(map.width, map.height);
  small.getContext('2d')?.putImageData(image, 0, 0);
  context.save();
  context.globalAlpha = strength;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, box.x, box.y, box.width, box.height);
  context.restore();
}
