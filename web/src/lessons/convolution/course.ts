import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'A convolution multiplies a window of pixels by the same weights everywhere and adds the products.',
    'The slope of a weight is the pixel that it was multiplied by; the slope of a pixel is the weight.',
    'The way back through a convolution is a convolution with the kernel turned by 180 degrees.',
  ],
  reading: [
    {
      text: 'V. Dumoulin, F. Visin: A guide to convolution arithmetic for deep learning, 2016',
      href: 'https://arxiv.org/abs/1603.07285',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners expect the output to have the size of the picture.',
      help: 'Let them slide a paper window of 3 × 3 over a 7 × 7 grid and count the positions: 5 in each direction.',
    },
    {
      difficulty: 'They confuse the kernel as a filter and the kernel as a program on the GPU.',
      help: 'Both are called so. In this course the 3 × 3 numbers are “weights”, and “kernel” with a file name is the program.',
    },
    {
      difficulty: 'They do not see why the kernel is turned on the way back.',
      help: 'Ask which outputs a single pixel takes part in, and through which weight. The output to its upper left used the lower right weight.',
    },
  ],
};
