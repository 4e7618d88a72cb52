import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Start with the dense convolution and point at a pixel in the middle of the output. 36 values light up: 3 × 3 pixels in each of the four channels.',
    set: { kind: null, kernel: null },
  },
  {
    text: 'In the depthwise convolution the same pixel needs only 9 values, all from its own channel. Nothing crosses from one channel to another.',
    set: { kind: 'depthwise', kernel: null },
  },
  {
    text: 'The pointwise convolution does the opposite: one pixel, but from every channel. That is 4 values here.',
    set: { kind: 'pointwise' },
  },
  {
    text: 'Make the kernel 7 × 7. With 32 channels the dense layer now needs 49 · 32 = 1,568 MACs for each output value instead of 288. Depthwise + pointwise need 49 + 32 = 81 instead of 41.',
    set: { kind: 'depthwise', kernel: '7', channels: null },
  },
  {
    text: 'Compare the last two columns. A layer with few MACs per byte spends its time on loading, so its GMAC/s are usually low. The sentence below the table says what your device does.',
    set: { kernel: null, channels: null, side: null },
  },
];
