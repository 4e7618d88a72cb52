import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Start with a pointwise layer: 28 × 28 pixels, 64 channels. With the small tile a thread computes four results. That takes 12,544 threads in 196 workgroups of 64.',
    set: { layer: null, side: null, channels: null },
  },
  {
    text: 'Compare the column “loaded”. With the small tile a thread loads 5 numbers for 4 multiply-adds: one input and four weights. With the large tile it loads 16 numbers for 64 multiply-adds. The tile reuses what it has loaded.',
    set: { layer: null, side: null, channels: null },
  },
  {
    text: 'The large tile has a price: only 784 threads remain. A graphics card can run many thousands at a time, so most of it would be idle. On a small map this is worse. Here are 7 × 7 pixels: 56 threads, not even one full workgroup.',
    set: { layer: null, side: '7', channels: null },
  },
  {
    text: 'Now the depthwise layer. Every output needs only 9 multiply-adds instead of 64, but input and output are as large as before. That is 1.12 multiply-adds per byte; the pointwise layer has 7.69.',
    set: { layer: 'depthwise', side: null, channels: null },
  },
  {
    text: 'Choose a large map and measure. The plot shows two roofs. The sloping one is the bandwidth of your device, the flat one its arithmetic; both were measured with small kernels that do nothing else. No point can be far above them.',
    set: { layer: null, side: '56', channels: null },
  },
  {
    text: 'Which tile is the fastest? Measure both layers with small and large maps. The sentence below the plot says what your device did. The function tune() of this library does the same: it runs each variant of a kernel and keeps the fastest.',
    set: { layer: 'depthwise', side: '56', channels: null },
  },
];
