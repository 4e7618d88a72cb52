import {
  conv2d,
  coordinateGate,
  coordinatePool,
  type Device,
  gradcheck,
  scope,
  type Tensor,
  tensor,
} from 'feathergrad';
import source from '../../../../src/kernels/wgsl/coordinate_gate.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { wave } from '../pieces/wave.ts';
import { teaserOf } from '../plan.ts';
import { BreakView } from './break-it.tsx';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'coordinate-attention',
  title: 'Coordinate attention',
  teaser: teaserOf('coordinate-attention'),
  summary: [
    'Attention multiplies a feature map by numbers between 0 and 1 that it computes from the map itself. Squeeze-excitation computes one number per channel, from the mean over the whole picture: it knows what is there, but not where.',
    'Coordinate attention uses the mean of each row and of each column instead. Both strips pass through one shared 1 × 1 convolution, which squeezes the channels, then batch norm and hard-swish. Two more convolutions and two sigmoids compute a gate for each row and each column.',
    'A pixel is multiplied by the gate of its row and by the gate of its column. An H × W map of gates would need H · W numbers per channel; this needs H + W.',
  ],
  Picture,
  Interactive,
  description:
    'Drag the bright patch over the face, or move it with the sliders. The strips at the right and below follow it, then the squeezed numbers and the two gates; their product is largest where the patch is. A bright background, such as the top edge here, also opens its row or column. The weights of this small module were set by hand; in the network they are learned. Next to it, squeeze-excitation gets the same face: its three numbers do not change, wherever the patch is.',
  steps,
  kernel: {
    name: 'coordinate_gate',
    source,
    mark: 'y[at] = ',
    note: 'The marked line is the whole idea: each pixel is multiplied by two small numbers, one for its row and one for its column. A thread keeps the gate of its row while it processes the row’s pixels. Another kernel computes the gates from the squeezed strips beforehand.',
    notes,
  },
  check: { label: 'Check the attention’s gradient', run: check },
  breakIt: {
    label: 'Leave out the columns',
    text: 'Would one direction be enough? Here the same face and the same patch are multiplied only by the gate of their row.',
    View: BreakView,
  },
  questions: [
    {
      question: 'Turn on the second patch: the map lights up in four places. Why?',
      answer:
        'The map is the product of one number per row and one per column, a matrix of rank one in each channel. If rows r₁ and r₂ and columns c₁ and c₂ open, so do all four crossings, two of which contain nothing. Channels help: this network has up to 672 of them, each with its own pair of gates.',
    },
    {
      question: 'Why do both strips share the first convolution, but not the second?',
      answer:
        'The first mixes channels, whose meaning does not depend on the direction, so rows and columns can share it with half the weights. The second decides what opens a row and what opens a column, which differ.',
    },
    {
      question: 'What does it cost compared with squeeze-excitation?',
      answer:
        'Squeeze-excitation multiplies by two small matrices once per picture; coordinate attention does so for each of H + W strip positions, with a narrower middle (C / 32 instead of C / 4 here). In a block of this network with 480 channels and 14 × 14 pixels that is 0.4 of 19 million multiply-accumulates. The other cost is reading the map twice, once to pool it and once to scale it.',
    },
  ],
  sources: [
    {
      text: 'Q. Hou, D. Zhou, J. Feng: Coordinate attention for efficient mobile network design. CVPR 2021',
      href: 'https://arxiv.org/abs/2103.02907',
    },
    {
      text: 'J. Hu, L. Shen, G. Sun: Squeeze-and-excitation networks. CVPR 2018',
      href: 'https://arxiv.org/abs/1709.01507',
    },
    {
      text: 'X. Liang, J. Liang, T. Yin, X. Tang: A lightweight method for face expression recognition based on improved MobileNetV3. IET Image Processing 17 (8), 2023',
      href: 'https://doi.org/10.1049/ipr2.12798',
    },
  ],
};

const NAMES = ['x', 'the squeeze', 'row weight', 'row bias', 'column weight', 'column bias'];

/** The attention without its norm: pool, squeeze, both gates, and the product. */
async function check(device: Device) {
  const shapes = [[1, 4, 5, 4], [1, 1, 4, 6], [6, 4], [4], [6, 4], [4]];
  const inputs = scope(() =>
    shapes.map((shape, i) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return tensor(device, wave(count, i), { shape });
    }),
  );
  const attention = (...given: Tensor[]): Tensor => {
    const [x, squeeze, rowWeight, rowBias, columnWeight, columnBias] = given as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const strips = conv2d(coordinatePool(x, 'avg'), squeeze);
    const [rows, columns] = [
      { weight: rowWeight, bias: rowBias },
      { weight: columnWeight, bias: columnBias },
    ];
    return coordinateGate(x, strips, rows, columns);
  };
  try {
    return gradcheckText(await gradcheck(attention, inputs), NAMES);
  } finally {
    for (const one of inputs) one.dispose();
  }
}
