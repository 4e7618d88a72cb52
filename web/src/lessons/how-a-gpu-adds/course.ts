import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'A GPU is fast only if thousands of threads have something to do at the same time.',
    'Every addition of floats rounds, so another order of the same numbers can give other digits.',
    'A fixed order gives the same bits every time.',
  ],
  reading: [
    {
      text: 'D. Goldberg: What every computer scientist should know about floating-point arithmetic. ACM Computing Surveys 23(1), 1991',
      href: 'https://doi.org/10.1145/103162.103163',
    },
    {
      text: 'W. Kahan: Further remarks on reducing truncation errors. Communications of the ACM 8(1), 1965',
      href: 'https://doi.org/10.1145/363707.363723',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners call the different results errors of the computer.',
      help: 'Let them add 1 + 1,000 + 1,000 on paper with only three digits, in two orders.',
    },
    {
      difficulty: 'They think that a tree needs fewer additions.',
      help: 'It needs just as many, 15 for sixteen numbers, but only 4 after one another.',
    },
    {
      difficulty: 'The race has another winner on each device.',
      help: 'This is intended. Read the sentence below the table and compare devices: a CPU that emulates a GPU has few threads.',
    },
  ],
};
