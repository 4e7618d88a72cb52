import source from '../../../../src/kernels/wgsl/depthwise.wgsl?raw';
import type { Lesson } from '../lesson-page.tsx';
import { checkGradient } from './compute.ts';
import { Interactive } from './interactive.tsx';
import { MixingView } from './mixing-view.tsx';
import { Picture } from './picture.tsx';

export const lesson: Lesson = {
  slug: 'depthwise-separable',
  number: 1,
  title: 'From convolution to depthwise separable',
  teaser:
    'Filter each channel by itself, then mix the channels: far fewer multiplications for nearly the same work.',
  summary: [
    'A dense convolution looks at a window of pixels in every input channel for every output channel. With k × k pixels and C channels that is k²C multiply-accumulates (MACs) for each output value.',
    'The depthwise separable form splits the work. A depthwise convolution filters each channel with a k × k kernel of its own: k² MACs. A pointwise, or 1 × 1, convolution then mixes the channels of each pixel: C MACs. Together k² + C in place of k² · C, eight to nine times fewer for k = 3 and many channels.',
    'Time does not fall as far. The depthwise half has so few MACs for each byte it loads that memory, not arithmetic, bounds it.',
  ],
  Picture,
  Interactive,
  description:
    'Two stacks of maps, four channels each. Point at an output pixel, or move it by the arrow keys, and the input values that it was computed from light up: a window in every channel (dense), a window in one channel (depthwise), one pixel in every channel (pointwise). Sliders set kernel, channels and side; the table counts parameters, MACs and bytes and gives the time that each layer takes on this device.',
  kernel: {
    name: 'depthwise',
    source,
    mark: 's = fma(pixel',
    note: 'The marked line is the whole convolution: one pixel times one tap, for four channels at once, since a Lane is a vec4. There is no loop over input channels around it. All else is about loading each pixel once for all outputs of a thread’s tile, because loads are what this kernel spends its time on.',
  },
  check: { label: 'Check depthwise + pointwise', run: checkGradient },
  breakIt: {
    label: 'Leave the pointwise half out',
    text: 'Why not the depthwise half alone, which is cheapest of all? Two small layers learn to turn the colors of drawn faces: red becomes green, green blue, blue red. Take the pointwise layer out and watch the difference.',
    View: MixingView,
  },
  questions: [
    {
      question:
        'A layer has a 5 × 5 kernel and 64 channels in and out. By what factor does the separable form cut MACs?',
      answer:
        '5² · 64 = 1600 MACs for each output value against 5² + 64 = 89: 18× fewer. From 3 × 3 to 5 × 5 the dense layer costs 2.8 times as much, the separable one only 89 / 73 = 1.2 times. That is why MobileNetV3 can afford 5 × 5.',
    },
    {
      question: 'Why is it then not eighteen times faster?',
      answer:
        'Each value that the depthwise half loads (4 bytes) serves k² MACs, and each that it stores had k². With k = 3 that is about one MAC a byte; a processor can do five to twenty in the time that a byte takes to arrive (measure yours above). Its time is that of moving the map through memory, which the dense layer moves too. The separable form moves it twice.',
    },
    {
      question: 'Which half holds most of the parameters in a real network?',
      answer:
        'The pointwise: C² against k²C. In FER-MobileNetV3 the blocks widen to several hundred channels, so nearly all MACs are matrix products, which processors do best. That is the design’s other strength.',
    },
  ],
  sources: [
    {
      text: 'L. Sifre, S. Mallat: Rigid-Motion Scattering for Texture Classification, 2014, where the separable convolution was first used',
      href: 'https://arxiv.org/abs/1403.1687',
    },
    {
      text: 'F. Chollet: Xception: Deep Learning with Depthwise Separable Convolutions, CVPR 2017',
      href: 'https://arxiv.org/abs/1610.02357',
    },
    {
      text: 'A. Howard et al.: MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications, 2017',
      href: 'https://arxiv.org/abs/1704.04861',
    },
    {
      text: 'S. Williams, A. Waterman, D. Patterson: Roofline: An Insightful Visual Performance Model, Communications of the ACM 52(4), 2009',
      href: 'https://doi.org/10.1145/1498765.1498785',
    },
  ],
};
