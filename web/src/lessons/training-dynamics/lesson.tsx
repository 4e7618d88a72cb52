import {
  crossEntropy,
  type Device,
  gradcheck,
  hardSwish,
  matmul,
  scope,
  type Tensor,
  tensor,
} from 'feathergrad';
import source from '../../../../src/kernels/wgsl/sgd.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { wave } from '../pieces/wave.ts';
import { teaserOf } from '../plan.ts';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { RandomLabelsView } from './random-labels-view.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'training-dynamics',
  title: 'Training dynamics: under- and overfitting with twenty pictures',
  teaser: teaserOf('training-dynamics'),
  summary: [
    'Training makes the loss on the training pictures small. But a network should recognize pictures that it has never seen. So some pictures are kept out of the training. The loss on them is the validation loss.',
    'If both losses stay high, the network underfits: it has not learned enough. If the training loss falls and the validation loss rises, it overfits: it learns details of its pictures that are of no use for others.',
    'Early stopping keeps the weights of the step with the smallest validation loss.',
  ],
  Picture,
  Interactive,
  description:
    'A network with one hidden layer learns to distinguish surprised from happy faces, on your GPU. Each of its training people is drawn with both expressions, in gray, 24 × 24 pixels. Four sliders set the size of the network, the learning rate, the weight decay and the number of training pictures. The plot shows training and validation loss over 300 steps of gradient descent with momentum 0.9, and a line where early stopping would have stopped.',
  steps,
  kernel: {
    name: 'sgd',
    source,
    mark: /let g = select|var u = params/,
    note: 'This kernel does one step of the training. The marked lines are weight decay and momentum: the first adds the weight to its slope, the second collects the slopes of many steps.',
    notes,
  },
  check: { label: 'Check the gradient of the network', run: check },
  breakIt: {
    label: 'Give the pictures meaningless labels',
    text: 'In the training set of 80 pictures, the labels “surprised” and “happy” alternate, whatever the picture shows. Zhang et al. did this with large networks and a million pictures. Compare both accuracies with those for the right labels.',
    View: RandomLabelsView,
  },
  questions: [
    {
      question: 'Why may early stopping not use the pictures with which the network is judged in the end?',
      answer:
        'Whoever chooses the best of 31 points by some pictures has used these pictures. The best of them is best partly by chance. So a third set, the test set, is needed for an honest number.',
    },
    {
      question: 'The validation loss can rise while the validation accuracy stays the same or grows. How?',
      answer:
        'The accuracy only counts which class is first. The loss also looks at the probability. An overfitted network becomes more and more certain, also of its wrong answers, and each of those costs −log of a tiny probability.',
    },
    {
      question: 'Why do training pictures that are mirrored, turned or made darker help against overfitting?',
      answer:
        'They are new pictures with a known label. A network that must give the same answer for all of them cannot rely on the brightness or on the position of a single pixel.',
    },
  ],
  sources: [
    {
      text: 'I. Goodfellow, Y. Bengio, A. Courville: Deep Learning. MIT Press 2016, chapter 5 (underfitting and overfitting) and section 7.8 (early stopping)',
      href: 'https://www.deeplearningbook.org',
    },
    {
      text: 'C. Zhang et al.: Understanding deep learning requires rethinking generalization. ICLR 2017',
      href: 'https://arxiv.org/abs/1611.03530',
    },
    {
      text: 'A. Krogh, J. A. Hertz: A simple weight decay can improve generalization. NIPS 1991',
    },
  ],
};

/** A network with one hidden layer, of the same kind as in the figure. */
async function check(device: Device) {
  const [x, first, second, labels] = scope(() => [
    tensor(device, wave(4 * 6, 1), { shape: [4, 6] }),
    tensor(device, wave(6 * 3, 2), { shape: [6, 3] }),
    tensor(device, wave(3 * 2, 3), { shape: [3, 2] }),
    tensor(device, Uint32Array.of(0, 1, 1, 0)),
  ]) as [Tensor, Tensor, Tensor, Tensor];
  try {
    const result = await gradcheck(
      (x, first, second) => crossEntropy(matmul(hardSwish(matmul(x, first)), second), labels),
      [x, first, second],
    );
    return gradcheckText(result, ['the picture', 'the first weights', 'the second weights']);
  } finally {
    for (const one of [x, first, second, labels]) one.dispose();
  }
}
