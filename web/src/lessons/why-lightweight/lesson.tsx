import { channelShuffle, conv2d, type Device, gradcheck, tensor } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/strided_copy.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { wave } from '../pieces/wave.ts';
import { teaserOf } from '../plan.ts';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { ShuffleView } from './shuffle-view.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'why-lightweight',
  title: 'Why lightweight? From VGG to MobileNet, ShuffleNet, GhostNet',
  teaser: teaserOf('why-lightweight'),
  summary: [
    'In 2014 VGG-16 recognized a thousand kinds of things with 138 million parameters and 15 billion multiply-adds for each picture. A phone cannot do that thirty times per second, and should not, for the sake of its battery.',
    'Light networks ask which of these operations are really needed. They filter each channel by itself (MobileNet), leave half of the channels alone and shuffle (ShuffleNet), or make maps from other maps (GhostNet).',
    'Papers compare parameters and multiply-adds, because these are the same on every device. The time is not. So this lesson counts and measures.',
  ],
  Picture,
  Interactive,
  description:
    'A table of eight networks from 2014 to 2020 with their idea, their parameters and the multiply-adds for a picture of 224 pixels and a thousand classes. A button measures seven of them on your GPU with pictures of 96 pixels; the plot shows time against multiply-adds.',
  steps,
  kernel: {
    name: 'strided_copy',
    source,
    mark: 'y[to] = x[from_]',
    note: 'ShuffleNet’s shuffle is a copy in another order, and this kernel does it. The marked line moves one number. It has no multiply-add at all, so it does not appear in any count.',
    notes,
  },
  check: { label: 'Check two grouped convolutions with a shuffle', run: check },
  breakIt: {
    label: 'Leave the shuffle out',
    text: 'A grouped convolution splits the channels into groups and never looks across. That halves its weights with two groups. Two of them in a row need a shuffle in between. The table asks the tape: which inputs does each output depend on?',
    View: ShuffleView,
  },
  questions: [
    {
      question: 'Which counts are the same on all devices, and which quantity matters to a user?',
      answer:
        'Parameters and multiply-adds are properties of the network. A user notices time, battery and the size of the download. Only the last follows directly from a count, the parameters.',
    },
    {
      question:
        'ShuffleNetV2’s authors wrote four guidelines. One says: use equal numbers of input and output channels. Why?',
      answer:
        'For a given number of multiply-adds a 1 × 1 convolution moves the fewest bytes if both numbers are equal, as a rectangle of given area has the smallest circumference if it is a square. The guidelines are about bytes, not operations, because bytes often decide the time.',
    },
    {
      question:
        'Why does FER-MobileNetV3, the network of this course, have 1.3 million parameters while MobileNetV3-Large has 5.5 million?',
      answer:
        'It tells eight expressions apart, not a thousand classes, so its last layer is tiny. Its last blocks are also half as wide. The blocks are otherwise of the same kind.',
    },
  ],
  sources: [
    {
      text: 'K. Simonyan, A. Zisserman: Very deep convolutional networks for large-scale image recognition. ICLR 2015 (VGG)',
      href: 'https://arxiv.org/abs/1409.1556',
    },
    {
      text: 'A. Howard et al.: MobileNets: Efficient convolutional neural networks for mobile vision applications, 2017',
      href: 'https://arxiv.org/abs/1704.04861',
    },
    {
      text: 'N. Ma, X. Zhang, H.-T. Zheng, J. Sun: ShuffleNet V2: Practical guidelines for efficient CNN architecture design. ECCV 2018',
      href: 'https://arxiv.org/abs/1807.11164',
    },
    {
      text: 'K. Han et al.: GhostNet: More features from cheap operations. CVPR 2020',
      href: 'https://arxiv.org/abs/1911.11907',
    },
  ],
};

async function check(device: Device) {
  using x = tensor(device, wave(4 * 6, 1), { shape: [1, 2, 2, 6] });
  using w = tensor(device, wave(3 * 6, 2), { shape: [1, 1, 3, 6] });
  const result = await gradcheck(
    (x, w) => conv2d(channelShuffle(conv2d(x, w, null, { groups: 2 }), 2), w, null, { groups: 2 }),
    [x, w],
  );
  return gradcheckText(result, ['the input', 'the weights']);
}
