import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'An average says how much there is, a maximum how strong the strongest value is.',
    'A convolution is linear: W a + W b = W (a + b), so two convolutions with the same weights become one.',
    'Anything nonlinear between the convolution and the sum forbids the merge.',
  ],
  reading: [
    {
      text: 'X. Ding et al.: RepVGG: Making VGG-style ConvNets great again. CVPR 2021, which merges whole branches of a network',
      href: 'https://arxiv.org/abs/2101.03697',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners merge W a + b and W c + b to W (a + c) + b.',
      help: 'Count the biases: there are two, so the merged one is 2 b.',
    },
    {
      difficulty: 'They think that the tiny difference proves the merge wrong.',
      help: 'Compare it with the size of the numbers: it is in the seventh digit, where every sum of floats is rounded.',
    },
    {
      difficulty: 'They believe that max(a) + max(b) = max(a + b).',
      help: 'Try a = (1, 0) and b = (0, 1): the left side is 2, the right side 1. A maximum is not linear.',
    },
  ],
};
