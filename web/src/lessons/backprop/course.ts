import type { LessonCourse } from '../../course/lesson-course.ts';
import type { Texts } from '../../text/en.ts';

/** The course texts in the language of the texts. */
export function courseIn({ backprop: text }: Texts): LessonCourse {
  return {
    takeaways: Object.values(text.takeaways),
    reading: [
      {
        text: 'A. G. Baydin et al.: Automatic differentiation in machine learning: a survey. JMLR 18, 2018, sections 1 to 3',
        href: 'https://arxiv.org/abs/1502.05767',
      },
    ],
    difficulties: Object.values(text.difficulties),
  };
}
