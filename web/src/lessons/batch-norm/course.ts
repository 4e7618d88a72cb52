import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'Batch norm shifts and scales each channel to mean 0 and variance 1, then lets γ and β choose another scale and shift.',
    'In training the examples of a batch influence each other; in evaluation a stored estimate is used and they do not.',
    'A variance is computed from distances to the mean, not from the difference of two large numbers.',
  ],
  reading: [
    {
      text: 'S. Santurkar et al.: How does batch normalization help optimization? NeurIPS 2018',
      href: 'https://arxiv.org/abs/1805.11604',
    },
    {
      text: 'Y. Wu, K. He: Group normalization. ECCV 2018, a norm that does not depend on the batch',
      href: 'https://arxiv.org/abs/1803.08494',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners normalize one picture by itself.',
      help: 'Drag one example in the figure and watch the outputs of the others.',
    },
    {
      difficulty: 'They divide by n − 1 in training.',
      help: 'The batch is described as it is, so n is right. The estimate for other pictures uses n − 1.',
    },
    {
      difficulty: 'They forget that mean and variance have gradients too.',
      help: 'Ask what happens to all outputs if every input grows by 1. Nothing: so the slopes of one output must add up to 0.',
    },
  ],
};
