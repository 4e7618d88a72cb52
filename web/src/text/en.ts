// The texts of the course page, of the frame around a lesson, and of the translated lessons, in English. A translation
// is one file with the same keys: see de.ts.
import { backpropEn } from './en/backprop.ts';
import { controlsEn } from './en/controls.ts';
import { invertedResidualEn } from './en/inverted-residual.ts';
import { lessonsEn } from './en/lessons.ts';
import { paperEn } from './en/paper.ts';
import type { Shape } from './shape.ts';

export const en = {
  language: 'Language',
  course: {
    title: 'How a small network computes',
    intro:
      'A course on the ideas inside lightweight convolutional networks. In every lesson you read the real kernel, change a figure that computes on your own GPU, and solve exercises that are checked by running your answer. Follow the order or pick what you need.',
    sum: '{lessons} lessons, about {hours} hours in all.',
    progress: 'You have solved {solved} of {total} exercises. Your progress stays in this browser.',
    lesson: 'Lesson {number}',
    minutes: '{minutes} minutes',
    before: 'What to know before',
    nothingBefore: 'Addition and multiplication are enough.',
    solved: '{solved} of {total} exercises solved',
    completed: 'completed on {date}',
    open: 'Open the lesson',
    handout: 'Hand-out',
    notes: 'Teacher’s notes',
    forTeachers: 'For teachers',
    forTeachersText:
      'Each lesson has a printable hand-out with its tasks and room for answers, and teacher’s notes with expected difficulties and sample solutions. Every figure can be put into your own page: open a lesson and choose “Copy embed code”.',
    clear: 'Clear my progress',
    reallyClear: 'Really delete all answers and progress? Choose again to confirm.',
    aims: 'You will be able to',
  },
  lessons: lessonsEn,
  frame: {
    lessons: 'All lessons',
    course: 'The course',
    handout: 'Hand-out',
    position: 'Lesson {number} of {total} · {minutes} minutes',
    steps: 'Step by step',
    show: 'Show it in the figure',
    tryIt: 'Try it',
    about: 'What the figure shows',
    embed: 'Copy embed code',
    kernel: 'The kernel',
    check: 'Check the gradient',
    exercises: 'Exercises',
    breakIt: 'Break it',
    questions: 'Three questions',
    summary: 'Summary and further reading',
    sources: 'Sources',
  },
  controls: controlsEn,
  paper: paperEn,
  backprop: backpropEn,
  invertedResidual: invertedResidualEn,
};

/** The catalog of one language. */
export type Texts = Shape<typeof en>;
