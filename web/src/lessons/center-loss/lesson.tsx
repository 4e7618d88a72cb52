import '../../styles/lessons-c.css';
import source from '../../../../src/kernels/wgsl/center_loss.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { teaserOf } from '../plan.ts';
import { Breaking } from './breaking.tsx';
import { checkCenterLoss } from './check.ts';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'center-loss',
  title: 'Softmax and center loss',
  teaser: teaserOf('center-loss'),
  summary: [
    'Softmax cross-entropy only requires that the classes can be distinguished. Long rays of features satisfy it, and points of one class may be farther from each other than from the next class.',
    'The center loss keeps a center for each class and pulls every feature towards its own: L = cross-entropy + λ · ½ · mean |f − c|², a mean over the batch (Wen et al. write both parts as sums over the batch; dividing both by its size does not change λ). The centers are not trained by the gradient; after each step they move towards their class at the rate α.',
    'The code that the paper’s authors released draws its centers from a normal distribution at every step. They are meaningless, so their pull cancels out except for one part, which points towards the origin.',
  ],
  Picture,
  Interactive,
  description:
    'Two small networks map five classes to two numbers, that is, to a plane: the left one with centers that follow their class, the right one with the random centers of the released code. They start from the same weights and see the same batches. Set λ to 0 for the softmax only, and α to 0 for centers that stay at the origin.',
  steps,
  kernel: {
    name: 'center_loss',
    source,
    mark: /let away =|return params\.scale \/ \(f32/,
    note: 'The pull on a feature is its weight times its distance from the center of its class; the same line computes loss and gradient. The weight is scale/N, here with a scale of 1. The released code also divides by the number of the class’s rows in the batch, so the more frequent a class is, the less each of its faces counts.',
    notes,
  },
  check: { label: 'Check center loss and softmax', run: checkCenterLoss },
  breakIt: {
    label: 'Take the softmax away',
    text: 'By itself, the center loss has a perfect solution: put everything in one place. Nothing keeps the classes apart, which is why it is only used together with the softmax.',
    View: Breaking,
  },
  questions: [
    {
      question: 'Why are the centers not simply parameters, trained by the optimizer?',
      answer:
        'They could be, but the mean of the class is a better target than the gradient of a batch. The update c −= α · Σ (c − f) / (1 + n) moves a center at most the fraction α of the way towards that mean, regardless of the learning rate. The 1 in the denominator prevents jumps of a class with only one face in the batch.',
    },
    {
      question: 'The released code’s centers are noise. Why does it still seem to work a little?',
      answer:
        'They are drawn from N(0, 1), so on average they are at the origin, and the mean pull on a feature is proportional to the feature: it shortens features, long ones most. The rays of the softmax become short clusters, so the classes do contract, but not around centers of their own; the rest of the pull is noise. Dividing by the number of the class’s rows makes it even weaker at the same λ. Compare the two ratios of spread to distance: on the points, learned centers give tighter classes; on the faces the two are similar.',
    },
    {
      question: 'What happens as λ grows?',
      answer:
        'Classes become tighter and move closer together, since every pull towards a center also slows the move away from the others. The cross-entropy ends higher. At λ = 1 the classes of this two-number example still separate. A good λ depends on the features. The paper’s 0.4 is for the 8 logits. The squared distance grows with the number of features: over an embedding of 640 numbers the same 0.4 would outweigh the cross-entropy, pull everything into one point, and accuracy would stay at chance. Therefore feathergrad’s CenterLoss multiplies by classes / features, which is 1 for the logits and 1/80 for the embedding, so that 0.4 also works there (in Wen’s form that is 0.005; Wen et al. used 0.003 for 512 features).',
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
