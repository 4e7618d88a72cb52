import { add, crossEntropy, type Device, gradcheck, matmul, tensor } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/cross_entropy_grad.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { wave } from '../pieces/wave.ts';
import { teaserOf } from '../plan.ts';
import { Interactive } from './interactive.tsx';
import { MemoryView } from './memory-view.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'transfer-learning',
  title: 'Transfer learning',
  teaser: teaserOf('transfer-learning'),
  summary: [
    'A network with a million weights needs many thousands of pictures, and you have thirty. Transfer learning helps: take a network that somebody has trained on other pictures, and keep what it has learned.',
    'Its last layer is replaced, because it names the old classes. All layers before it turn a picture into a list of numbers, its features. If these describe faces well, a new last layer can learn your classes from a few examples.',
    'Do they? This lesson compares them with the features of the same network with random weights. Only the weights differ.',
  ],
  Picture,
  Interactive,
  description:
    'Three drawn faces, and a slider for the number of people in the training set. A button loads the weights of a network that was trained on photos. Your GPU runs it and the same network with random weights on 150 drawn faces. Two scatter plots show the embeddings of the test faces, with points that are far away drawn at the edge. A line chart shows the accuracy of a new last layer on faces of other people over 30 steps, and a table shows the accuracy after the last step.',
  steps,
  kernel: {
    name: 'cross_entropy_grad',
    source,
    mark: 'var d = g * (probability',
    note: 'Every slope of the training begins here: the marked line computes how the loss changes with a logit. In ordinary training the slopes now walk back through all layers. Here a single matrix product follows, and the walk ends, because everything before the last layer is frozen.',
    notes,
  },
  check: { label: 'Check the last layer and its loss', run: check },
  breakIt: {
    label: 'Measure on the training faces',
    text: 'How do you know that something was learned? Here the faces of five people get labels at random, so there is nothing to learn. A linear layer is trained on them all the same, on the pixels, without a network. Where is it measured?',
    View: MemoryView,
  },
  questions: [
    {
      question: 'Why does the network run only once for each face, however many steps the training has?',
      answer:
        'Its weights do not change, and neither do the faces. So the 640 numbers of a face stay the same and can be kept. A step then costs a product of two small matrices instead of a walk through the whole network and back.',
    },
    {
      question: 'Why is the curve of the pretrained network nearly at its final height after the first step?',
      answer:
        'All weights begin at 0, so the first step adds to the weights of each class the mean features of its faces and subtracts the mean over all faces. The layer then chooses the class whose mean lies most in the direction of the face. If the features are good, that is often right.',
    },
    {
      question: 'When would you train more than the last layer?',
      answer:
        'If the new pictures differ a lot from the old ones, or if you have many of them. Early layers see edges and spots, which are useful for nearly all pictures; later layers are more and more special to the old task. So train from the end: first the last layer, then, with a small learning rate, the blocks before it.',
    },
  ],
  sources: [
    {
      text: 'J. Yosinski, J. Clune, Y. Bengio, H. Lipson: How transferable are features in deep neural networks? NIPS 2014',
      href: 'https://arxiv.org/abs/1411.1792',
    },
    {
      text: 'J. Donahue et al.: DeCAF: A deep convolutional activation feature for generic visual recognition. ICML 2014',
      href: 'https://arxiv.org/abs/1310.1531',
    },
    {
      text: 'E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang: Training deep networks for facial expression recognition with crowd-sourced label distribution. ICMI 2016 (FER+, the labels of the photos)',
      href: 'https://arxiv.org/abs/1608.01041',
    },
  ],
};

async function check(device: Device) {
  using x = tensor(device, wave(4 * 6, 1), { shape: [4, 6] });
  using w = tensor(device, wave(6 * 3, 2), { shape: [6, 3] });
  using b = tensor(device, wave(3, 3));
  using labels = tensor(device, new Uint32Array([0, 2, 1, 2]));
  const result = await gradcheck((x, w, b) => crossEntropy(add(matmul(x, w), b), labels), [x, w, b]);
  return gradcheckText(result, ['the features', 'the weights', 'the biases']);
}
