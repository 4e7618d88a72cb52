import type { Lesson } from './lesson.ts';

/** The course, in order. A lesson's code and text are loaded when it is opened. */
export const LESSONS: readonly { slug: string; title: string }[] = [
  { slug: 'depthwise-separable', title: 'From convolution to depthwise separable' },
  { slug: 'hard-swish', title: 'Hard-swish' },
  { slug: 'batch-norm', title: 'Batch norm, forward and back' },
  { slug: 'how-a-gpu-adds', title: 'How a GPU adds numbers' },
  { slug: 'coordinate-attention', title: 'Coordinate attention' },
  { slug: 'complementary-pooling', title: 'Complementary pooling' },
  { slug: 'center-loss', title: 'Softmax and center loss' },
  { slug: 'whole-network', title: 'The whole network' },
];

const files = import.meta.glob<{ lesson: Lesson }>('./*/lesson.tsx');

/** Returns whether there is a lesson with this slug. */
export const hasLesson = (slug: string): boolean => `./${slug}/lesson.tsx` in files;

/** @throws Error when there is no such lesson, or its files cannot be loaded */
export async function loadLesson(slug: string): Promise<Lesson> {
  const load = files[`./${slug}/lesson.tsx`];
  if (!load) {
    throw new Error(
      `There is no lesson “${slug}”. There are: ${LESSONS.map((one) => one.slug)
        .filter(hasLesson)
        .join(', ')}.`,
    );
  }
  return (await load()).lesson;
}
