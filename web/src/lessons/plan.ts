export interface LessonEntry {
  slug: string;
  title: string;
  /** one sentence for its card */
  teaser: string;
  /** minutes for the text, the figure and the exercises */
  minutes: number;
  /** the lessons to read before, by slug */
  before: readonly string[];
  /** number of exercises */
  exercises: number;
  /** whether its texts are in the catalogs of all languages, with its title and teaser */
  isTranslated: boolean;
}

const TRANSLATED: readonly string[] = ['backprop', 'inverted-residual'];

/** The course, in order. A lesson's code and text are loaded when it is opened. */
export const LESSONS: readonly LessonEntry[] = [
  entry(
    'convolution',
    'Convolution and its gradient from zero',
    'Nine weights slide over a picture. See every product, and then every slope.',
    35,
    [],
  ),
  entry(
    'backprop',
    'Backpropagation by hand',
    'Five small steps forward, five small steps back: how every weight learns which way to move.',
    35,
    [],
  ),
  entry(
    'depthwise-separable',
    'From convolution to depthwise separable',
    'Filter each channel separately, then mix the channels: far fewer multiplications for nearly the same result.',
    35,
    ['convolution'],
  ),
  entry(
    'hard-swish',
    'Hard-swish',
    'A smooth-looking curve from one clamp and two multiplications; its two kinks are harmless.',
    30,
    ['backprop'],
  ),
  entry(
    'batch-norm',
    'Batch norm, forward and back',
    'Drag one example: mean and variance follow, and so does every other output.',
    40,
    ['hard-swish'],
  ),
  entry(
    'inverted-residual',
    'The inverted residual and the linear bottleneck',
    'Widen, filter, squeeze: and never bend what is narrow. A spiral shows why.',
    30,
    ['depthwise-separable', 'hard-swish'],
  ),
  entry(
    'training-dynamics',
    'Training dynamics: under- and overfitting with twenty pictures',
    'A network can know its pictures by heart and still have learned nothing. Two curves show it.',
    35,
    ['backprop', 'hard-swish'],
  ),
  entry(
    'how-a-gpu-adds',
    'How a GPU adds numbers',
    'Thousands of threads and one sum: trees, workgroups, two dispatches, and why the last bits depend on the order.',
    35,
    [],
  ),
  entry(
    'gpu-kernel',
    'What a GPU does with a kernel',
    'Threads, workgroups, loads and two roofs: how fast can a layer be on your device?',
    35,
    ['depthwise-separable', 'how-a-gpu-adds'],
  ),
  entry(
    'coordinate-attention',
    'Coordinate attention',
    'Two strips, two sigmoids, one product: attention that knows where.',
    35,
    ['depthwise-separable', 'hard-swish'],
  ),
  entry(
    'complementary-pooling',
    'Complementary pooling',
    'Averages and maxima, crossed; then two convolutions merge into one.',
    30,
    ['coordinate-attention', 'batch-norm'],
  ),
  entry(
    'center-loss',
    'Softmax and center loss',
    'One loss pushes classes apart, the other pulls each class together. Watch both act on features in a plane.',
    40,
    ['how-a-gpu-adds'],
  ),
  entry(
    'whole-network',
    'The whole network',
    'FER-MobileNetV3 block by block: shapes, costs, times on your device, and its maps of a face.',
    45,
    ['depthwise-separable', 'batch-norm', 'coordinate-attention'],
  ),
  entry(
    'why-lightweight',
    'Why lightweight? From VGG to MobileNet, ShuffleNet, GhostNet',
    'Six years of saving: who saves what, and what your device makes of it.',
    30,
    ['depthwise-separable', 'inverted-residual'],
  ),
  entry(
    'transfer-learning',
    'Transfer learning',
    'A few faces are enough if the network has seen thousands of others before.',
    35,
    ['center-loss', 'whole-network'],
  ),
  entry(
    'confusion-matrix',
    'Reading a confusion matrix; bias and the limits of expression recognition',
    'One number hides who is recognized and who is not. A table shows it.',
    35,
    [],
  ),
];

function entry(
  slug: string,
  title: string,
  teaser: string,
  minutes: number,
  before: readonly string[],
  exercises = 3,
): LessonEntry {
  return { slug, title, teaser, minutes, before, exercises, isTranslated: TRANSLATED.includes(slug) };
}

/** Returns the number of a lesson in the course, from 1. */
export const numberOfLesson = (slug: string): number => LESSONS.findIndex((one) => one.slug === slug) + 1;

/** Returns the teaser of a lesson in English. */
export const teaserOf = (slug: string): string => LESSONS.find((one) => one.slug === slug)?.teaser ?? '';
