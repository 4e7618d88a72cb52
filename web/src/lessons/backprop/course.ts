import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'A slope says how fast the loss changes when one number changes.',
    'On the way back every step multiplies the slope that arrives by its own small derivative.',
    'Slopes of several uses of the same value are added.',
  ],
  reading: [
    {
      text: 'A. G. Baydin et al.: Automatic differentiation in machine learning: a survey. JMLR 18, 2018, sections 1 to 3',
      href: 'https://arxiv.org/abs/1502.05767',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners compute ∂p/∂w = w instead of x.',
      help: 'Let them move the slider of w by 1 while x stays 1.5 and read how much p changes: 1.5.',
    },
    {
      difficulty: 'They add along the path and multiply between paths.',
      help: 'It is the other way round. Use water pipes as a picture: along one pipe factors multiply, where two pipes meet the flows add.',
    },
    {
      difficulty: 'They think that the way back needs the loss.',
      help: 'It starts with the slope of the loss with respect to itself, which is always 1. The value of the loss is only for us to look at.',
    },
  ],
};
