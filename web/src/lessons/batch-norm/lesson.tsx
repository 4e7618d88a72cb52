import { batchNorm, type Device, gradcheck, ones, scope, tensor, zeros } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/batch_norm_moments.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { wave } from '../pieces/wave.ts';
import { teaserOf } from '../plan.ts';
import { BreakView } from './break-it.tsx';
import { EPS } from './compute.ts';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'batch-norm',
  title: 'Batch norm, forward and back',
  teaser: teaserOf('batch-norm'),
  summary: [
    'Batch norm computes each channel’s mean and variance over the batch and the picture’s pixels, shifts and scales the channel to mean 0 and variance 1, then lets two learned numbers, γ and β, choose another scale and shift: y = γ (x − mean) / √(variance + ε) + β.',
    'In training the batch normalizes itself, so that an example’s output depends on its neighbors. Meanwhile a running estimate of mean and variance is kept. In evaluation that estimate is used, and examples do not influence each other.',
    'The backward pass must account for the same dependencies: mean and variance depend on every input, so each slope has two more terms, one through the mean and one through the variance.',
  ],
  Picture,
  Interactive,
  description:
    'The upper line shows examples of one channel, the lower one their outputs, connected by threads. Drag an example, or choose it and its value with the sliders. Arrows show how the chosen example’s output changes with each input. Switch between training and evaluation, and reduce the batch size to one.',
  steps,
  kernel: {
    name: 'batch_norm_moments',
    source,
    mark: /^\s+(mean|m2) \+= d/,
    note: 'The marked lines are Welford’s update: the mean moves towards each value by its share, and m2 gathers squared distances from the mean, not squares. Every value is read once. A second small kernel merges the parts of a large batch.',
    notes,
  },
  check: {
    label: 'Check batch norm’s gradient',
    run: check,
  },
  breakIt: {
    label: 'Use mean(x²) − mean(x)² for the variance',
    text: 'The formula from school needs no distances: it is the mean of the squares minus the square of the mean. With the seven digits of f32 it fails as soon as the numbers are far from zero. Here are 4,096 numbers with standard deviation 1 around a mean of your choice.',
    View: BreakView,
  },
  questions: [
    {
      question: 'A batch of one picture of 14 × 14 pixels: does batch norm fail?',
      answer:
        'No. Mean and variance are also computed over pixels, here over 196 values per channel. It fails if only one value is left, such as after a global pool with a batch of one: variance 0, output β, slope 0. PyTorch rejects such a batch; in training, skip the last, short batch.',
    },
    {
      question: 'Why does the running estimate store a different variance from the one that normalizes?',
      answer:
        'The batch is normalized by its own, biased variance (divided by n). The estimate is meant for other pictures, for which the unbiased variance (divided by n − 1) is right on average. PyTorch does the same, so weights can be exchanged between the two.',
    },
    {
      question:
        'A network is accurate in training, but not in evaluation immediately afterwards. What do you check first?',
      answer:
        'The running estimate. With momentum 0.01, as this network’s paper has it, it takes about 500 steps to get close to the true values, so a short run is evaluated with statistics from its first steps. Use 0.1, or re-estimate the statistics before evaluating.',
    },
  ],
  sources: [
    {
      text: 'S. Ioffe, C. Szegedy: Batch normalization. ICML 2015',
      href: 'https://arxiv.org/abs/1502.03167',
    },
    {
      text: 'B. P. Welford: Note on a method for calculating corrected sums of squares and products. Technometrics 4 (3), 1962',
      href: 'https://doi.org/10.1080/00401706.1962.10490022',
    },
    {
      text: 'T. F. Chan, G. H. Golub, R. J. LeVeque: Updating formulae and a pairwise algorithm for computing sample variances. Stanford STAN-CS-79-773, 1979',
    },
  ],
};

async function check(device: Device) {
  const made = scope(() => ({
    x: tensor(device, wave(2 * 3 * 3 * 4, 1), { shape: [2, 3, 3, 4] }),
    gamma: tensor(device, Float32Array.of(1, 0.6, -0.8, 1.4)),
    beta: tensor(device, Float32Array.of(0.2, -0.3, 0.1, 0)),
    mean: zeros(device, [4]),
    variance: ones(device, [4]),
  }));
  try {
    const { x, gamma, beta, mean, variance } = made;
    const options = { training: true, eps: EPS, momentum: 0, activation: 'sigmoid' } as const;
    const result = await gradcheck(
      (x, gamma, beta) => batchNorm(x, gamma, beta, { mean, variance }, options),
      [x, gamma, beta],
    );
    return gradcheckText(result, ['the batch', 'γ', 'β']);
  } finally {
    for (const one of Object.values(made)) one.dispose();
  }
}
