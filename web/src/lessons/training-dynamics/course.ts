import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'The training loss says how well a network knows its own pictures; only pictures it was not trained on say what it has learned.',
    'Underfitting: both losses stay high. Overfitting: the training loss falls, and the validation loss rises.',
    'More pictures, weight decay and early stopping work against overfitting.',
  ],
  reading: [
    {
      text: 'C. Zhang, S. Bengio, M. Hardt, B. Recht, O. Vinyals: Understanding deep learning requires rethinking generalization. ICLR 2017',
      href: 'https://arxiv.org/abs/1611.03530',
    },
    {
      text: 'M. Belkin, D. Hsu, S. Ma, S. Mandal: Reconciling modern machine learning practice and the bias-variance trade-off. PNAS 116(32), 2019',
      href: 'https://arxiv.org/abs/1812.11118',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners believe that a training loss of 0 means a perfect network.',
      help: 'Use the switch with the meaningless labels. The training loss falls to 0 there too, although there is nothing to learn.',
    },
    {
      difficulty: 'They confuse the validation loss with the accuracy.',
      help: 'The loss also punishes confidence in a wrong answer. So it can rise while the accuracy stays the same.',
    },
    {
      difficulty: 'They expect that a larger network always overfits more.',
      help: 'Move the slider for the size. The number of pictures matters more here. Belkin et al. show that very large networks can even improve again.',
    },
  ],
};
