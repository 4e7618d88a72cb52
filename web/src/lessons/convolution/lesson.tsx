import { conv2d, type Device, gradcheck, tensor } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/conv2d_grad_input.wgsl?raw';
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
  slug: 'convolution',
  title: 'Convolution and its gradient from zero',
  teaser: teaserOf('convolution'),
  summary: [
    'A convolution looks at a picture through a small window. It multiplies each pixel in the window by a weight and adds the products; that sum is one number of the output. Then the window moves on by one pixel, with the same weights.',
    'What the weights are decides what the convolution sees: edges, spots, or just the average. A network learns them.',
    'To learn, it needs the slope of every weight. Backward, a convolution is surprisingly simple: a weight’s slope is a sum of pixels, and a pixel’s slope is a sum of weights.',
  ],
  Picture,
  Interactive,
  description:
    'A picture of 7 × 7 pixels, 3 × 3 weights that can be edited, and the output of 5 × 5. Choose a number of the output: its window is marked in the picture, and the nine products are written out. In the backward direction the grids show the slopes of the chosen output with respect to each pixel and each weight. Your GPU computes all numbers with the convolution of the library and its tape.',
  steps,
  kernel: {
    name: 'conv2d_grad_input',
    source,
    mark: /sum\d \+= g \* weight|let y = bottom - kh/,
    note: 'This kernel computes the slopes of the pixels. The marked lines are the idea: walk over the kernel backward, and add slope of the output times weight.',
    notes,
  },
  check: { label: 'Check a convolution of 4 × 5 pixels', run: check },
  breakIt: {
    label: 'Do not turn the kernel',
    text: 'The slopes of the pixels are a convolution too: of the slopes of the outputs, with two rings of zeros around them, and with the kernel turned by 180 degrees. What happens if it is not turned?',
    View: BreakView,
  },
  questions: [
    {
      question: 'Why are the weights the same at every place?',
      answer:
        'An edge looks the same wherever it is. Sharing the weights means that the network learns it once, with 9 numbers, instead of once per place. It also means that a shifted picture gives a shifted output.',
    },
    {
      question: 'Mathematicians turn the kernel in a convolution. Networks do not. Does it matter?',
      answer:
        'What networks compute is called a cross-correlation in mathematics. Since the weights are learned, the turned kernel would be learned just as easily, so the name convolution has stayed. But between the way forward and the way back the turn is real.',
    },
    {
      question:
        'A second convolution of 3 × 3 follows. How many pixels of the picture does one of its outputs see?',
      answer:
        '5 × 5. Its window covers 3 × 3 outputs of the first convolution, and the windows of those overlap. Two layers of 3 × 3 see as much as one of 5 × 5, with 18 instead of 25 weights. This is why deep networks use small kernels.',
    },
  ],
  sources: [
    {
      text: 'Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition. Proceedings of the IEEE 86(11), 1998',
      href: 'https://doi.org/10.1109/5.726791',
    },
    {
      text: 'K. Simonyan, A. Zisserman: Very deep convolutional networks for large-scale image recognition. ICLR 2015 (small kernels, many layers)',
      href: 'https://arxiv.org/abs/1409.1556',
    },
  ],
};

async function check(device: Device) {
  using x = tensor(device, wave(4 * 5 * 2, 1), { shape: [1, 4, 5, 2] });
  using w = tensor(device, wave(3 * 3 * 2 * 3, 2), { shape: [3, 3, 2, 3] });
  const result = await gradcheck((x, w) => conv2d(x, w, null, { padding: 1 }), [x, w]);
  return gradcheckText(result, ['the picture', 'the weights']);
}
