import source from '../../../../src/kernels/wgsl/unary_grad.wgsl?raw';
import type { Lesson } from '../lesson-page.tsx';
import { teaserOf } from '../plan.ts';
import { checkGradient } from './check.ts';
import { DepthView } from './depth-view.tsx';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'hard-swish',
  title: 'Hard-swish',
  teaser: teaserOf('hard-swish'),
  summary: [
    'An activation is a bend between two layers; without one, a stack of convolutions is a single convolution. relu6 clamps: 0 below 0, 6 above 6. Swish, x · sigmoid(x), bends smoothly, and networks learn better with it, but a sigmoid needs an exponential for every value.',
    'Hard-swish (hardswish in PyTorch) replaces the sigmoid by a straight ramp: x · relu6(x + 3) / 6. It needs one clamp and no exponential, and never differs from swish by more than 0.15.',
    'In FER-MobileNetV3 every convolution that has an activation has this one. Only the attention modules also use others: ReLU and hard-sigmoid in squeeze-excitation, sigmoid in coordinate attention.',
  ],
  Picture,
  Interactive,
  description:
    'Three curves and, below them, their slopes. Drag x across them, or use the slider: the table shows the value and the slope of hard-swish, swish and relu6, which your GPU computes for each place. Below them is a histogram of the actual inputs of hard-swish in a layer of the trained network that you choose: most of them are between the two kinks at −3 and 3, where the curve bends.',
  steps,
  kernel: {
    name: 'unary_grad',
    source,
    mark: /fn hardSwishGradient|return select\(select\(g/,
    note: 'The marked lines multiply the gradient g by hard-swish’s slope: 1 from 3 on, x / 3 + 1/2 strictly between −3 and 3, and 0 elsewhere. The two comparisons decide the slope at the kinks: 0 at −3 and 1 at 3.',
    notes,
  },
  check: { label: 'Check 17 places from −4 to 4', run: checkGradient },
  breakIt: {
    label: 'Remove the clamp from the gate',
    text: 'Why relu6 in the gate? The gate states how much of x passes, from none to all. Without the clamp it grows with x, and x times x is a parabola: twelve layers square their input twelve times.',
    View: DepthView,
  },
  questions: [
    {
      question: 'The gradient check finds a difference at −3 and 3. Why does this not affect training?',
      answer:
        'At a kink the slopes from the left and the right differ (0 and −1/2 at −3, 3/2 and 1 at 3). The central difference is their mean; the kernel must choose one. Every number between the two is a valid choice (together they form Clarke’s generalized gradient), and a value of exactly −3 or 3 hardly ever occurs. A difference at any other place would be an error.',
    },
    {
      question: 'relu6 has slope 0 for all negative numbers. What does hard-swish do there?',
      answer:
        'Between −3 and 3 its slope is x/3 + 1/2. Above −1.5 the slope is positive, so a value that has drifted to −1 still gets a gradient and can recover; with relu6 it gets none. At −1.5, the lowest point of the curve, the slope is 0. From there down to −3 it is negative: a step that should raise the output makes x smaller and moves it towards the flat part below −3. So hard-swish does not rescue every value, but far fewer are stuck than with relu6, as the histogram and the lower plot show.',
    },
    {
      question: 'Why does the backward pass not need the activation’s result?',
      answer:
        'The slope depends only on x. In this library batch norm and activation are one operation: the backward pass recomputes x from the convolution’s output instead of keeping a second copy of every map in memory.',
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
