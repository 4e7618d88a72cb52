import '../../styles/lessons-c.css';
import source from '../../../../src/kernels/wgsl/center_loss.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { Breaking } from './breaking.tsx';
import { checkCenterLoss } from './check.ts';
import { Interactive } from './interactive.tsx';
import { Picture } from './picture.tsx';

export const lesson: Lesson = {
  slug: 'center-loss',
  number: 7,
  title: 'Softmax and center loss',
  teaser:
    'One loss pushes classes apart, the other draws each class together. Watch a plane of features obey both.',
  summary: [
    'Softmax cross-entropy only asks that the classes can be told apart. It is content with long rays of features, and points of one class may lie farther from each other than from the next class.',
    'The center loss keeps a center for each class and pulls every feature towards its own: L = cross-entropy + λ · ½ · mean |f − c|², a mean over the batch (Wen et al. write both parts as sums, which gives λ the same meaning). The centers are not trained by the gradient. After each step they move towards their class by the rate α.',
    'The code that the paper’s authors released draws its centers from a normal distribution at every step. They mean nothing, so their pull cancels out, but for one part: towards the origin.',
  ],
  Picture,
  Interactive,
  description:
    'Two small networks squeeze five classes into two numbers, and so into a plane: left with centers that follow their class, right with the released code’s random ones. They start from the same weights and see the same batches. Move λ to 0 for the softmax alone, and α to 0 for centers that stay at the origin.',
  kernel: {
    name: 'center_loss',
    source,
    mark: /let away =|return params\.scale \/ \(f32/,
    note: 'A feature’s pull is its weight times its distance from the center of its class: loss and gradient come from the same line. The weight is scale/N, here with a scale of 1; the released code divides by the number of the class’s rows in the batch as well, so that the more often a class comes, the less each of its faces counts.',
  },
  check: { label: 'Check center loss and softmax', run: checkCenterLoss },
  breakIt: {
    label: 'Take the softmax away',
    text: 'The center loss alone has a perfect solution: put everything in one place. Nothing is left to keep the classes apart, which is why it only ever comes with the softmax.',
    View: Breaking,
  },
  questions: [
    {
      question: 'Why are the centers not simply parameters, trained by the optimizer?',
      answer:
        'They could be. But a center has a better teacher than the gradient of a batch: the mean of its class. The update c −= α · Σ (c − f) / (1 + n) walks towards that mean by at most the share α, whatever the learning rate, and the 1 in the denominator keeps a class that has only one face in the batch from jumping.',
    },
    {
      question: 'The released code’s centers are noise. Why does it still seem to work a little?',
      answer:
        'They are drawn from N(0, 1), so on average they lie at the origin, and the mean pull on a feature is f times a number: it shortens features, long ones most. The rays of the softmax become short clumps, so the classes do gather, though around no center of their own; the rest of the pull is noise. Dividing by the number of the class’s rows makes it weaker still at the same λ. Compare the two ratios of spread to distance: on the points, learned centers end tighter; on the faces the two come close.',
    },
    {
      question: 'What happens as λ grows?',
      answer:
        'Classes become tighter and come closer together, since every pull towards a center that is being learned also slows the move away from the others. The cross-entropy has less room: it ends higher. At λ = 1 with two numbers the classes still part; The paper’s 0.4 is for the 8 logits. The squared distance grows with the number of features: over an embedding of 640 numbers the same 0.4 would outweigh the cross-entropy, pull everything into one point and leave the network guessing. So feathergrad multiplies the center loss by classes / features, and 0.4 trains there too (in Wen’s form that is 0.005; Wen et al. took 0.003 for 512 features).',
    },
  ],
  sources: [
    {
      text: 'Y. Wen, K. Zhang, Z. Li, Y. Qiao: A discriminative feature learning approach for deep face recognition. ECCV 2016. Equations 2 to 4.',
      href: 'https://doi.org/10.1007/978-3-319-46478-7_31',
    },
    {
      text: 'X. Liang, J. Liang, T. Yin, X. Tang: A lightweight method for face expression recognition based on improved MobileNetV3. IET Image Processing 17(8), 2023.',
      href: 'https://doi.org/10.1049/ipr2.12798',
    },
    { text: 'In feathergrad: src/loss/center-loss.ts, src/kernels/wgsl/move_centers.wgsl' },
  ],
};
