import source from '../../../../src/kernels/wgsl/unary_grad.wgsl?raw';
import type { Lesson } from '../lesson-page.tsx';
import { checkGradient } from './check.ts';
import { DepthView } from './depth-view.tsx';
import { Interactive } from './interactive.tsx';
import { Picture } from './picture.tsx';

export const lesson: Lesson = {
  slug: 'hard-swish',
  number: 2,
  title: 'Hard-swish',
  teaser: 'A smooth-looking curve from one clamp and two multiplications; its two kinks are harmless.',
  summary: [
    'An activation bends the line between two layers; without one, a stack of convolutions is a single convolution. relu6 cuts: 0 below 0, 6 above 6. Swish, x · sigmoid(x), bends softly, and networks learn better with it, but a sigmoid needs an exponential for every value.',
    'Hard-swish puts a straight ramp in the sigmoid’s place: x · relu6(x + 3) / 6. One clamp, no exponential, and never more than 0.15 away from swish.',
    'All activations of FER-MobileNetV3’s blocks are hard-swish.',
  ],
  Picture,
  Interactive,
  description:
    'Three curves and, below them, their slopes. Drag x across them, or use the slider: the table reads off the value and the slope of hard-swish, swish and relu6, which your GPU computes for each place. Under them lies a histogram of what the trained network really puts into hard-swish in a layer that you choose: most of it falls between the two kinks at −3 and 3, where the curve bends.',
  kernel: {
    name: 'unary_grad',
    source,
    mark: /fn hardSwishSlope|let above|return above/,
    note: 'The marked lines are hard-swish’s slope: 1 from 3 on, x / 3 + 1/2 strictly between −3 and 3, and 0 elsewhere. The two comparisons decide what happens at the kinks: at −3 the slope is 0, at 3 it is 1.',
  },
  check: { label: 'Check 17 places from −4 to 4', run: checkGradient },
  breakIt: {
    label: 'Take the clamp out of the gate',
    text: 'Why relu6 in the gate? The gate is meant to say how much of x may pass, from none to all. Without the clamp it grows with x, and x times x is a parabola: twelve layers square their input twelve times over.',
    View: DepthView,
  },
  questions: [
    {
      question: 'The gradient check fails at −3 and 3. Why is training not hurt?',
      answer:
        'At a kink the slope from the left and that from the right differ (0 and −1/2 at −3, 3/2 and 1 at 3). The central difference sees both and gives their mean; the kernel must choose one. Any choice between the two is a subgradient, and a value that is exactly −3 or 3 hardly ever occurs. A check that failed at any other place would be a fault.',
    },
    {
      question: 'relu6 has slope 0 for half of the numbers. What does hard-swish offer there?',
      answer:
        'Between −3 and 0 its slope is not 0, so a channel that has drifted below 0 still gets a gradient and can come back. With relu6 it gets none: the unit is dead. Below −3 hard-swish is flat as well, but few values lie there: see the histogram.',
    },
    {
      question: 'Why is the backward pass able to do without the activation’s result?',
      answer:
        'The slope depends on x alone. In this library batch norm and activation are one operation: the backward pass computes x again from the convolution’s output instead of keeping a second copy of every map in memory.',
    },
  ],
  sources: [
    {
      text: 'A. Howard et al.: Searching for MobileNetV3, ICCV 2019 (hard-swish)',
      href: 'https://arxiv.org/abs/1905.02244',
    },
    {
      text: 'P. Ramachandran, B. Zoph, Q. Le: Searching for Activation Functions, 2017 (swish)',
      href: 'https://arxiv.org/abs/1710.05941',
    },
    {
      text: 'M. Sandler et al.: MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018 (relu6)',
      href: 'https://arxiv.org/abs/1801.04381',
    },
  ],
};
