import '../../styles/lessons-c.css';
import source from '../../../../src/kernels/wgsl/matmul_vec4.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { teaserOf } from '../plan.ts';
import { Breaking } from './breaking.tsx';
import { checkNetwork } from './check.ts';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'whole-network',
  title: 'The whole network',
  teaser: teaserOf('whole-network'),
  summary: [
    'FER-MobileNetV3 is one convolution, fifteen bottleneck blocks, a 1 × 1 convolution and two linear layers: 1,297,733 parameters for eight expressions. Each bottleneck widens its input to more maps with a 1 × 1 convolution, filters each map separately, weights the maps by attention, and projects them back to few maps. If the shape does not change, it adds its input.',
    'The maps become smaller and more numerous: every stride halves the side, from a picture to 480 numbers. Early blocks have few parameters and many multiply-adds, late blocks the reverse.',
    'Neither count tells how long a block takes. Small maps do not fill a GPU, and every block is a sequence of kernels that wait for one another. Therefore the table also shows measured times.',
  ],
  Picture,
  Interactive,
  description:
    'A table of all nineteen parts of the network with output shape, parameters, multiply-adds and the time of each on this device. A button in each row shows the maps that the part computes from the drawn face that you choose. Below, the network trains for a minute on drawn faces, with its loss, while the maps change.',
  steps,
  kernel: {
    name: 'matmul_vec4',
    source,
    mark: /\] \+= value \* four|if \(RESIDUAL\)|value = sum \* scale/,
    note: 'More than four fifths of the network’s multiply-adds are 1 × 1 convolutions, and a 1 × 1 convolution over channels-last maps is a plain matrix product. At inference the batch norm, the activation and the block’s addition are fused into it, so a block takes a handful of dispatches instead of a dozen.',
    notes,
  },
  check: { label: 'Check a block and the whole network', run: checkNetwork },
  breakIt: {
    label: 'Switch all batch norms off',
    text: 'Over nearly fifty layers, small factors multiply. Batch norm brings every layer’s output back to the same scale, so the signal survives. Without it the signal vanishes on the way forward: block by block, the outputs for different faces become more similar, until the last block hardly shows a difference. Then no gradient can tell what to change, neither in the last layer nor in the first.',
    View: Breaking,
  },
  questions: [
    {
      question: 'Why are GMAC/s so uneven from block to block?',
      answer:
        'Multiply-adds are free while data is being fetched. Depthwise filters and norms need few of them per byte. At a small side, late blocks have so few pixels that most of the GPU is idle, and their attention is a chain of tiny kernels, each of which waits for the previous one. Set the batch to 16 pictures: the late blocks benefit most.',
    },
    {
      question:
        'Which blocks would you reduce to make the network faster, and which to make its file smaller?',
      answer:
        'For time, those with the longest bars in the time column, mostly early ones with large maps. For the file, those with the most parameters: features.11 to 15 and classifier_1. The paper did the latter: it reduced the last blocks of MobileNetV3-Large from 160 and 960 channels to 80 and 480.',
    },
    {
      question: 'Why do the late maps of a new network already show structure before any training?',
      answer:
        'Random filters still compute local mixtures of their input, so edges survive. Training does not create maps from nothing; it selects which mixtures to keep. Here residual blocks also start as the identity (the scale of their last norm is 0), so at first they pass on their input.',
    },
  ],
  sources: [
    {
      text: 'X. Liang, J. Liang, T. Yin, X. Tang: A lightweight method for face expression recognition based on improved MobileNetV3. IET Image Processing 17(8), 2023.',
      href: 'https://doi.org/10.1049/ipr2.12798',
    },
    {
      text: 'A. Howard et al.: Searching for MobileNetV3. ICCV 2019.',
      href: 'https://arxiv.org/abs/1905.02244',
    },
    {
      text: 'S. Ioffe, C. Szegedy: Batch normalization. ICML 2015.',
      href: 'https://arxiv.org/abs/1502.03167',
    },
    { text: 'In feathergrad: src/models/fer-mobilenetv3/config.ts, the network as one table' },
  ],
};
