import type { LessonCourse } from '../../course/lesson-course.ts';
import type { Texts } from '../../text/en.ts';

/** The course texts in the language of the texts. */
export function courseIn({ invertedResidual: text }: Texts): LessonCourse {
  return {
    takeaways: Object.values(text.takeaways),
    reading: [
      {
        text: 'M. Tan, Q. Le: EfficientNet: Rethinking model scaling for convolutional neural networks. ICML 2019, which is built from these blocks',
        href: 'https://arxiv.org/abs/1905.11946',
      },
    ],
    difficulties: Object.values(text.difficulties),
  };
}
