import '../../styles/lessons-c.css';
import source from '../../../../src/kernels/wgsl/matmul_vec4.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { Breaking } from './breaking.tsx';
import { checkNetwork } from './check.ts';
import { Interactive } from './interactive.tsx';
import { Picture } from './picture.tsx';

export const lesson: Lesson = {
  slug: 'whole-network',
  number: 8,
  title: 'The whole network',
  teaser:
    'FER-MobileNetV3 block by block: its shapes, its cost, its time on your device, its maps of a face.',
  summary: [
    'FER-MobileNetV3 is one convolution, fifteen bottleneck blocks, a 1 × 1 convolution and two linear layers: 1,297,733 parameters for eight expressions. Each bottleneck widens its maps with 1 × 1 convolutions, filters each map alone, lets attention weigh them, and projects back to few maps. Where the shape stays, it adds what came in.',
    'The maps become smaller and more: half the side at every stride, from a picture to 480 numbers. Early blocks have few parameters and many multiply-adds, late blocks the other way round.',
    'Neither count says how long a block takes. Small maps do not fill a GPU, and every block is a row of kernels that wait for one another. So the table measures.',
  ],
  Picture,
  Interactive,
  description:
    'A table of all nineteen parts of the network with output shape, parameters, multiply-adds and the time that this device takes for each. A button in each row shows the maps that the part makes of the drawn face you choose. Below, the network trains for a minute on drawn faces, with its loss, while the maps change.',
  kernel: {
    name: 'matmul_vec4',
    source,
    mark: /left\[r\] \+= |if \(RESIDUAL\)|value = sum \* scale/,
    note: 'More than four fifths of the network’s multiply-adds are 1 × 1 convolutions, and a 1 × 1 convolution over channels-last maps is a plain matrix product. At inference the batch norm, the activation and the block’s addition ride along in its last lines, so a block is a handful of dispatches and not a dozen.',
  },
  check: { label: 'Check a block and the whole network', run: checkNetwork },
  breakIt: {
    label: 'Switch all batch norms off',
    text: 'In nearly fifty layers, small factors multiply. Batch norm brings every layer’s output back to one scale, and so keeps the gradient alive on its way to the first layer.',
    View: Breaking,
  },
  questions: [
    {
      question: 'Why are GMAC/s so uneven from block to block?',
      answer:
        'A multiply-add is free while the numbers for it are being fetched. Depthwise filters and norms do few of them for every byte; late blocks at a small side have so few places that most of the GPU idles, and their attention is a chain of tiny kernels, each of which must wait for the last. Set 16 pictures at once: the late blocks gain most.',
    },
    {
      question:
        'Which blocks would you shorten, to make the network faster, and which to make its file smaller?',
      answer:
        'For time, those with the longest bars in the time column, mostly early ones with large maps. For the file, those with the most parameters: features.11 to 15 and classifier_1. The paper took the second way: it cut MobileNetV3-Large’s last blocks from 160 and 960 channels to 80 and 480.',
    },
    {
      question: 'Why do a new network’s late maps already look like something, before any training?',
      answer:
        'Random filters still compute local mixtures of what they see: edges survive, only unsorted. Training does not make maps out of nothing; it chooses which mixtures to keep. Here residual blocks also start as the identity (their last norm’s scale is 0), so at first they hand on what came in.',
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
