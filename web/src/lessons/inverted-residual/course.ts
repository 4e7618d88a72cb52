import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'An inverted residual block is narrow outside and wide inside: expand, filter each channel, project, add the input.',
    'ReLU destroys information; in many channels enough of it survives.',
    'The narrow ends stay linear, because there an activation would destroy what the rest of the network needs.',
  ],
  reading: [
    {
      text: 'M. Tan, Q. Le: EfficientNet: Rethinking model scaling for convolutional neural networks. ICML 2019, which is built from these blocks',
      href: 'https://arxiv.org/abs/1905.11946',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners think that more channels mean more information.',
      help: 'The data has two numbers per point at any width. The other channels are copies from different sides, which matter only because ReLU cuts something off each.',
    },
    {
      difficulty: 'They expect the spiral to be perfect at 30 channels.',
      help: 'It is bent, and that is fine: a network can straighten what is bent, but not what has collapsed to a point.',
    },
    {
      difficulty: '“Bottleneck” sounds like something bad.',
      help: 'It saves memory on purpose. The blocks pass on a few channels and use many only for a moment.',
    },
  ],
};
