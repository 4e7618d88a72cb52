import { coordinatePool, type Device, gradcheck, tensor } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/coordinate_pool.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { teaserOf } from '../plan.ts';
import { BreakView } from './break-it.tsx';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'complementary-pooling',
  title: 'Complementary pooling',
  teaser: teaserOf('complementary-pooling'),
  summary: [
    'The mean of a row tells how much is in it; its maximum tells how strong the strongest value is. A small, sharp feature such as the corner of a mouth vanishes in the mean, and noise dominates the maximum. Complementary pooling uses both, and crosses them: averages of the rows are combined with maxima of the columns, and vice versa.',
    'As the paper writes it, y = conv1([avg of rows ; max of columns]) + conv1([max of rows ; avg of columns]), with the same conv1 twice. A 1 × 1 convolution is linear and treats each position separately, so the sum of two of them is one convolution of the sum: W [avg + max] + 2 b.',
    'That is half the multiply-accumulates and fewer passes over the map, for the same numbers. Only rounding differs, in about the seventh digit of the sums. Batch norm, which divides by a small deviation, can amplify the difference to the fifth digit.',
  ],
  Picture,
  Interactive,
  description:
    'A cross over one channel of a face’s feature map selects a row and a column. Lines next to the map show the average and maximum of each row and column; rings mark the positions of the maxima. Next to it are both convolutions, their sum, and the single convolution that replaces them, with the difference magnified a million times.',
  steps,
  kernel: {
    name: 'coordinate_pool',
    source,
    mark: 'top + mean',
    note: 'One pass along a strip gives its sum and its maximum. The marked line is where complementary pooling becomes one input: KIND 2 stores average + maximum. The crossing disappears, since rows and columns both get avg + max.',
    notes,
  },
  check: { label: 'Check the pooling’s gradient', run: check },
  breakIt: {
    label: 'Norm and activate before the sum',
    text: 'The two convolutions can be merged only because nothing nonlinear is between them and the sum. Move batch norm and hard-swish before the sum, as happens when convolution, norm and activation are one module that is called twice.',
    View: BreakView,
  },
  questions: [
    {
      question: 'After the merge, rows and columns get the same avg + max. Did the crossing have any effect?',
      answer:
        'Not with one shared convolution: conv1([avg ; max]) + conv1([max ; avg]) and conv1([avg ; avg]) + conv1([max ; max]) are the same numbers. The benefit is that both kinds of pooling are used. With two different convolutions the crossing would matter, and they could not be merged.',
    },
    {
      question: 'Why 2 b and not b?',
      answer:
        'Each of the two convolutions adds its bias. A merge that adds it once is wrong by b everywhere. Batch norm in training removes the constant again, so the mistake appears only in evaluation, with weights trained elsewhere.',
    },
    {
      question: 'Why is the difference not exactly 0?',
      answer:
        'Floats round after every addition: (a + b) + (c + d) and (a + c) + (b + d) may end in different last digits. Adding two sums of 184 products rounds in different places than one sum of 184 products of sums. Both are equally close to the true number.',
    },
  ],
  sources: [
    {
      text: 'X. Liang, J. Liang, T. Yin, X. Tang: A lightweight method for face expression recognition based on improved MobileNetV3. IET Image Processing 17 (8), 2023',
      href: 'https://doi.org/10.1049/ipr2.12798',
    },
    {
      text: 'Q. Hou, D. Zhou, J. Feng: Coordinate attention for efficient mobile network design. CVPR 2021',
      href: 'https://arxiv.org/abs/2103.02907',
    },
  ],
};

/** Values that are far apart, so that a step does not change which one is the maximum. */
async function check(device: Device) {
  const count = 4 * 5 * 4;
  // 37 and 80 have no common divisor, so every value occurs once, in mixed order
  const values = Float32Array.from({ length: count }, (_, i) => ((i * 37) % count) / count - 0.5);
  using x = tensor(device, values, { shape: [1, 4, 5, 4] });
  const result = await gradcheck((given) => coordinatePool(given, 'complementary'), [x], {
    maxElements: count,
  });
  return gradcheckText(result, ['x']);
}
