import source from '../../../../src/kernels/wgsl/depthwise.wgsl?raw';
import type { Lesson } from '../lesson-page.tsx';
import { teaserOf } from '../plan.ts';
import { checkGradient } from './compute.ts';
import { Interactive } from './interactive.tsx';
import { MixingView } from './mixing-view.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'depthwise-separable',
  title: 'From convolution to depthwise separable',
  teaser: teaserOf('depthwise-separable'),
  summary: [
    'A dense convolution looks at a window of pixels in every input channel for every output channel. With k × k pixels and C channels that is k²C multiply-accumulates (MACs) for each output value.',
    'The depthwise separable form splits the work. A depthwise convolution filters each channel with its own k × k kernel: k² MACs. A pointwise, or 1 × 1, convolution then mixes the channels of each pixel: C MACs. Together that is k² + C instead of k² · C, eight to nine times fewer for k = 3 and many channels.',
    'Time does not follow the count exactly. The depthwise half does so few MACs per byte loaded that it often waits for memory, which makes the gain smaller. But the layers also run in different kernels, and some kernels use a device better than others, which can make the gain larger. So this lesson measures it.',
  ],
  Picture,
  Interactive,
  description:
    'Two stacks of maps, four channels each. Point at an output pixel, or move with the arrow keys, and the input values that it was computed from light up: a window in every channel (dense), a window in one channel (depthwise), one pixel in every channel (pointwise). Sliders set kernel, channels and side; the table counts parameters, MACs and bytes and shows the time of each layer on this device.',
  steps,
  kernel: {
    name: 'depthwise',
    source,
    mark: 's = fma(pixel',
    note: 'The marked line is the whole convolution: one pixel times one tap, for four channels at once, since a Vec is a vec4. There is no loop over input channels around it. Everything else serves to load each pixel once for all outputs of a thread’s tile, because this kernel spends most of its time on loads.',
    notes,
  },
  check: { label: 'Check depthwise + pointwise', run: checkGradient },
  breakIt: {
    label: 'Leave the pointwise half out',
    text: 'Why not use only the depthwise half, which is the cheapest? Two small layers learn to rotate the colors of drawn faces: red becomes green, green becomes blue, blue becomes red. Remove the pointwise layer and watch the difference.',
    View: MixingView,
  },
  questions: [
    {
      question:
        'A layer has a 5 × 5 kernel and 64 channels in and out. By what factor does the separable form reduce MACs?',
      answer:
        '5² · 64 = 1600 MACs per output value compared with 5² + 64 = 89: 18 times fewer. From 3 × 3 to 5 × 5 the dense layer costs 2.8 times as much, the separable one only 89 / 73 = 1.2 times as much. That is why MobileNetV3 can afford 5 × 5.',
    },
    {
      question: 'Is it then eighteen times as fast?',
      answer:
        'Only if every layer did the same number of MACs per second, and the last column of the table shows that they do not. Two effects pull in opposite directions. Each value that the depthwise half loads or stores (4 bytes) takes part in k² MACs: with k = 3 about one MAC per byte, but a processor can compute five to twenty while one byte arrives (measure yours above). So it waits for memory, and the gain is smaller than the count. The pointwise half, on the other hand, is a plain matrix product, which many devices compute faster than a dense convolution with its windows and borders. Then the gain can be larger than the count, for example on a CPU that emulates a GPU.',
    },
    {
      question: 'Which half holds most of the parameters in a real network?',
      answer:
        'The pointwise half: C² compared with k²C. In FER-MobileNetV3 the blocks widen to several hundred channels, so nearly all MACs are in matrix products, at which processors are best. That is the other strength of the design.',
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
