import { crossEntropy, type Device, gradcheck, matmul, scope, type Tensor, tensor } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/arg_max.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { wave } from '../pieces/wave.ts';
import { teaserOf } from '../plan.ts';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { OverallView } from './overall-view.tsx';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'confusion-matrix',
  title: 'Reading a confusion matrix; bias and the limits of expression recognition',
  teaser: teaserOf('confusion-matrix'),
  summary: [
    'An accuracy of 90 % sounds good. But what happens in the other 10 %, and to whom? A confusion matrix answers the first question: its rows are the true classes, its columns the answers. To answer the second, make one matrix for each group of people.',
    'A classifier learns from examples. If a group is missing among them, the classifier does not know what its faces look like, and its mistakes fall on this group. That is a bias of the data, and no training makes it go away.',
    'And there is a limit that no data removes. A network for expressions learns what people wrote under pictures. A smile can be polite, and a neutral face can be sad. What somebody feels cannot be read off a picture, and decisions about people must not be based on it.',
  ],
  Picture,
  Interactive,
  description:
    'Invented people show three expressions. Two measurements describe each face: how high the corners of the mouth are, and how far it is open. In group B the corners are higher in every face. A small classifier is trained on your GPU with as many people of group B as the slider says; then it is tested on 300 people of each group. Two tables show the confusions with recall and precision.',
  steps,
  kernel: {
    name: 'arg_max',
    source,
    mark: 'if (value > best)',
    note: 'A network returns a score for each class. This kernel turns the scores into a decision. The marked line is where everything that was uncertain becomes certain.',
    notes,
  },
  check: { label: 'Check the classifier’s gradient', run: check },
  breakIt: {
    label: 'Look at the overall accuracy only',
    text: 'Two classifiers are tested: one was trained on group A only, the other on both groups. Nine in ten users belong to group A. Hide the accuracies of the groups, and try to decide which one to ship.',
    View: OverallView,
  },
  questions: [
    {
      question:
        'Two classes are confused 30 times in one direction and never in the other. What does that tell you?',
      answer:
        'The boundary lies too far on one side. Often the class that is preferred was more frequent in training, so that guessing it paid off. Weights for the classes in the loss, or equally many examples, move the boundary.',
    },
    {
      question:
        'The data set FER+ was labeled by ten people per picture, and they often disagree. What is the truth then?',
      answer:
        'There is none; there is a distribution of opinions. FER+ keeps all ten votes, so that a network can learn “six say neutral, four say sad” instead of a truth that does not exist. It also means that 100 % accuracy cannot be reached, and that above the agreement of people it means nothing.',
    },
    {
      question: 'May a school use such a network to see who is attentive?',
      answer:
        'A face does not show attention, and a network that is wrong more often for some children than for others would treat them unfairly. In the European Union the AI Act forbids emotion recognition at schools and workplaces, except for medical or safety reasons. To ask is more polite and more accurate.',
    },
  ],
  sources: [
    {
      text: 'H. A. Elfenbein, N. Ambady: On the universality and cultural specificity of emotion recognition: a meta-analysis. Psychological Bulletin 128(2), 2002',
      href: 'https://doi.org/10.1037/0033-2909.128.2.203',
    },
    {
      text: 'E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang: Training deep networks for facial expression recognition with crowd-sourced label distribution. ICMI 2016 (FER+)',
      href: 'https://arxiv.org/abs/1608.01041',
    },
    {
      text: 'Regulation (EU) 2024/1689 (Artificial Intelligence Act), article 5(1)(f)',
      href: 'https://eur-lex.europa.eu/eli/reg/2024/1689/oj',
    },
  ],
};

async function check(device: Device) {
  const [x, w, labels] = scope(() => [
    tensor(device, wave(6 * 2, 1), { shape: [6, 2] }),
    tensor(device, wave(2 * 3, 2), { shape: [2, 3] }),
    tensor(device, Uint32Array.of(0, 1, 2, 0, 1, 2)),
  ]) as [Tensor, Tensor, Tensor];
  try {
    const result = await gradcheck((x, w) => crossEntropy(matmul(x, w), labels), [x, w]);
    return gradcheckText(result, ['the features', 'the weights']);
  } finally {
    for (const one of [x, w, labels]) one.dispose();
  }
}
