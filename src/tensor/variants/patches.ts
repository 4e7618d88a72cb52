// A convolution as a matrix product, for software adapters, on which a load costs as much as ten multiply-adds: a kernel
// copies the numbers that each output depends on into one row of a matrix (conv2d_patches.wgsl), and the lanes of the
// product share their loads. This file must not import code that a page loads anyway: bundlers would split the page into
// more files.
import type { PatchDivision, PatchRule } from '../../gpu/dispatch.ts';
import type { Kernel } from '../../gpu/kernel.ts';
import { SOFTWARE_TEXTS } from '../../kernels/software.ts';

/** Bytes of patches up to which they are stored. */
const MOST_BYTES = 64 * 2 ** 20;
/** Threads that occupy every core. */
const ENOUGH_THREADS = 256;
/** Output channels below which most lanes of a product would be idle. */
const FEWEST_OUTPUTS = 16;

/**
 * Returns the rule that divides a convolution into patches and a product; `KernelClass` is `Kernel`, which this file does
 * not import. It returns null for convolutions that the kernels for windows should compute: with groups, with few output
 * channels or a number of them that is not a multiple of four, with too many patches, or on a device whose lanes do not share loads.
 */
export function patchRule(KernelClass: typeof Kernel): PatchRule {
  const kernel = new KernelClass('conv2d_patches', SOFTWARE_TEXTS.conv2d_patches);
  return ({ geometry, outputs, groups }, { limits, tuning }): PatchDivision | null => {
    const {
      height,
      width,
      channels,
      outHeight,
      outWidth,
      kernel: window,
      stride,
      dilation,
      padding,
    } = geometry;
    const inner = window[0] * window[1] * channels;
    const inner4 = Math.ceil(inner / 4);
    const rows = geometry.batch * outHeight * outWidth;
    const isFew = outputs < FEWEST_OUTPUTS || outputs % 4 !== 0;
    const isMuch = 16 * rows * inner4 > MOST_BYTES || rows > 16 * limits.maxComputeWorkgroupsPerDimension;
    if (tuning.sharingLanes === 0 || groups > 1 || isFew || isMuch) return null;
    const run = Math.max(1, Math.min(outWidth, Math.floor((rows * inner4) / ENOUGH_THREADS)));
    const patchThreads = (rows / outWidth) * Math.ceil(outWidth / run) * inner4;
    const isPadded = inner % 4 !== 0;
    const count = patchThreads + (isPadded ? inner4 * outputs : 0);
    const params = {
      height,
      width,
      channels,
      outHeight,
      outWidth,
      kernelW: window[1],
      strideH: stride[0],
      strideW: stride[1],
      dilationH: dilation[0],
      dilationW: dilation[1],
      padTop: padding[0],
      padLeft: padding[1],
      inner,
      inner4,
      run,
      patchThreads,
      weights4: (inner * outputs) / 4,
      count,
    };
    const spec = { params, defines: { PADS: isPadded ? 1 : 0 }, threads: count };
    return { kernel, spec, rows, inner: 4 * inner4, columns: outputs };
  };
}
