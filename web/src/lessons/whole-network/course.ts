import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'From block to block the maps get smaller and more numerous.',
    'Early blocks cost the most operations, late ones hold the most parameters, and neither count is the time.',
    'Batch norm keeps the signal at the same size through fifty layers; without it the network does not train.',
  ],
  reading: [
    {
      text: 'K. He, X. Zhang, S. Ren, J. Sun: Deep residual learning for image recognition. CVPR 2016',
      href: 'https://arxiv.org/abs/1512.03385',
    },
    {
      text: 'E. Barsoum, C. Zhang, C. Canton Ferrer, Z. Zhang: Training deep networks for facial expression recognition with crowd-sourced label distribution (FER+). ICMI 2016',
      href: 'https://arxiv.org/abs/1608.01041',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners look for eyes and mouths in the late maps.',
      help: 'Late maps have 3 × 3 pixels or fewer here. They say that something is there, not how it looks.',
    },
    {
      difficulty: 'They conclude from the largest number of parameters that a block is slow.',
      help: 'Sort by time and by parameters: the orders differ, because a weight is used once per pixel.',
    },
    {
      difficulty: 'Times jump from one measurement to the next.',
      help: 'Other programs use the same device. Measure three times and take the median.',
    },
  ],
};
