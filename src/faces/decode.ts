import * as kernels from '../kernels/index.ts';
import type { FrameWindows } from '../tensor/frame.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';

/**
 * Converts the output of BlazeFace [N, 896, 17] for N windows of a frame to boxes and keypoints in pixels of the frame, and
 * logits to scores.
 * @param side pixels along each side of the network's input
 */
export function decodeFaces(x: Tensor, windows: FrameWindows, side: number): Tensor {
  const y = empty(x.device, x.shape, 'f32', 'detections');
  const count = windows.count * (x.shape[1] as number);
  x.device.dispatch(kernels.decodeFaces, {
    label: 'decodeFaces',
    bind: { x, windows: windows.rows, y },
    params: { count, side },
    threads: count,
  });
  return y;
}
