import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'A kernel is the program of one thread. Threads run in workgroups, and a GPU needs many of them to be busy.',
    'Two roofs limit every kernel: the bytes that it must move, and the multiply-adds that it must do. MACs per byte tell which roof is lower.',
    'A larger tile per thread loads less and leaves fewer threads. Which tile is the best depends on the device, so a tuner measures.',
  ],
  reading: [
    {
      text: 'T. Chen et al.: Learning to optimize tensor programs. NeurIPS 2018 (a tuner that learns which divisions to try)',
      href: 'https://arxiv.org/abs/1805.08166',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners think that more threads are always faster.',
      help: 'Compare the tiles of the pointwise layer: the small tile has the most threads and loads the most bytes. Let them look for the row with the shortest time.',
    },
    {
      difficulty: 'They take the bytes that threads load for the bytes that memory moves.',
      help: 'A class copies a sentence from the board. Thirty pupils read it, but the teacher wrote it once. The cache is the board.',
    },
    {
      difficulty: 'They read the roof as a promise.',
      help: 'It is an upper limit. A small layer ends before all threads have started, so it stays far below the roof. Measure with side 7 and with side 56.',
    },
  ],
};
