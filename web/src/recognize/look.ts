import type { Crop } from './messages.ts';

/** Position and zoom of the image under the guide. `x` and `y` are the point at the center, from 0 to 1. */
export interface Look {
  x: number;
  y: number;
  /** 1 if the image's shorter side exactly fills the guide's square */
  zoom: number;
}

export const ZOOM = { low: 0.6, high: 8 } as const;

export const centered = (): Look => ({ x: 0.5, y: 0.5, zoom: 1 });

/** Returns the square under the guide, in pixels of the image. */
export function windowOf({ x, y, zoom }: Look, [width, height]: [number, number]): Crop {
  const size = Math.min(width, height) / zoom;
  return { left: x * width - size / 2, top: y * height - size / 2, size };
}

export function clampLook({ x, y, zoom }: Look): Look {
  const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  return { x: within(x, 0, 1), y: within(y, 0, 1), zoom: within(zoom, ZOOM.low, ZOOM.high) };
}
