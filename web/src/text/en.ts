// The texts of the course page, of the frame around a lesson, and of the translated lessons, in English. A translation
// is one file with the same keys: see de.ts.
import { lessonsEn } from './lessons-en.ts';

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
      'Each lesson has a printable hand-out with its tasks and room for answers, and teacher’s notes with expected difficulties and sample solutions.',
    clear: 'Clear my progress',
    reallyClear: 'Really delete all answers and progress? Choose again to confirm.',
    aims: 'You will be able to',
  },
  lessons: lessonsEn,
};

type Shape<T> = { [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };
/** The catalog of one language. */
export type Texts = Shape<typeof en>;
