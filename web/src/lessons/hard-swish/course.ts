import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'Without an activation between them, two convolutions are a single convolution.',
    'Hard-swish is x · relu6(x + 3) / 6: flat up to −3, a parabola between −3 and 3, and x itself from 3 on.',
    'At a kink the slopes from the left and the right differ, and either is a valid choice.',
  ],
  reading: [
    {
      text: 'S. Elfwing, E. Uchibe, K. Doya: Sigmoid-weighted linear units for neural network function approximation in reinforcement learning, 2017',
      href: 'https://arxiv.org/abs/1702.03118',
    },
    {
      text: 'D. Hendrycks, K. Gimpel: Gaussian error linear units (GELUs), 2016',
      href: 'https://arxiv.org/abs/1606.08415',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners think that the slope of a rising input must be positive.',
      help: 'Go from −3 to −1.5 in the figure: the curve falls, so the slope is negative.',
    },
    {
      difficulty: 'They divide only the second factor by 6 and then forget it in the derivative.',
      help: 'Expand first: x (x + 3) / 6 = x²/6 + x/2. Its derivative is x/3 + 1/2.',
    },
    {
      difficulty: 'They take the failed check at ±3 for an error.',
      help: 'Draw a corner and two tangents. The central difference is the slope of the chord, which lies between the two.',
    },
  ],
};
