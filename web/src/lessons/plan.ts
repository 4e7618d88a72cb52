export interface LessonEntry {
  slug: string;
  title: string;
  /** minutes for the text, the figure and the exercises */
  minutes: number;
  /** the lessons to read before, by slug */
  before: readonly string[];
  /** number of exercises */
  exercises: number;
}

/** The course, in order. A lesson's code and text are loaded when it is opened. */
export const LESSONS: readonly LessonEntry[] = [
  entry('convolution', 'Convolution and its gradient from zero', 35, []),
  entry('backprop', 'Backpropagation by hand', 35, []),
  entry('depthwise-separable', 'From convolution to depthwise separable', 35, ['convolution']),
  entry('hard-swish', 'Hard-swish', 30, ['backprop']),
  entry('batch-norm', 'Batch norm, forward and back', 40, ['hard-swish']),
  entry('inverted-residual', 'The inverted residual and the linear bottleneck', 30, [
    'depthwise-separable',
    'hard-swish',
  ]),
  entry('training-dynamics', 'Training dynamics: under- and overfitting with twenty pictures', 35, [
    'backprop',
    'hard-swish',
  ]),
  entry('how-a-gpu-adds', 'How a GPU adds numbers', 35, []),
  entry('gpu-kernel', 'What a GPU does with a kernel', 35, ['depthwise-separable', 'how-a-gpu-adds']),
  entry('coordinate-attention', 'Coordinate attention', 35, ['depthwise-separable', 'hard-swish']),
  entry('complementary-pooling', 'Complementary pooling', 30, ['coordinate-attention', 'batch-norm']),
  entry('center-loss', 'Softmax and center loss', 40, ['how-a-gpu-adds']),
  entry('whole-network', 'The whole network', 45, [
    'depthwise-separable',
    'batch-norm',
    'coordinate-attention',
  ]),
  entry('why-lightweight', 'Why lightweight? From VGG to MobileNet, ShuffleNet, GhostNet', 30, [
    'depthwise-separable',
    'inverted-residual',
  ]),
  entry('transfer-learning', 'Transfer learning', 35, ['center-loss', 'whole-network']),
  entry(
    'confusion-matrix',
    'Reading a confusion matrix; bias and the limits of expression recognition',
    35,
    [],
  ),
];

function entry(
  slug: string,
  title: string,
  minutes: number,
  before: readonly string[],
  exercises = 3,
): LessonEntry {
  return { slug, title, minutes, before, exercises };
}

/** Returns the number of a lesson in the course, from 1. */
export const numberOfLesson = (slug: string): number => LESSONS.findIndex((one) => one.slug === slug) + 1;
