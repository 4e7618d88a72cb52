import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'A dense convolution costs k² · C multiply-accumulates per output value, the separable form k² + C.',
    'The depthwise half looks at neighboring pixels, the pointwise half mixes channels. Neither can do the work of the other.',
    'Few operations per byte mean that a layer waits for memory, so time has to be measured.',
  ],
  reading: [
    {
      text: 'V. Dumoulin, F. Visin: A guide to convolution arithmetic for deep learning, 2016',
      href: 'https://arxiv.org/abs/1603.07285',
    },
    {
      text: 'N. Ma et al.: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design, ECCV 2018, on the difference between operations and time',
      href: 'https://arxiv.org/abs/1807.11164',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners multiply k² and C in the separable form as well.',
      help: 'Let them count the lit values in the figure: 9 in the depthwise step and 4 in the pointwise step are added, not multiplied, because the second step starts from the results of the first.',
    },
    {
      difficulty: 'They take the number of parameters for the number of operations.',
      help: 'Change the side of the map: the parameters stay, the operations grow with the number of pixels.',
    },
    {
      difficulty: 'They expect the measured time to follow the count.',
      help: 'Compare the GMAC/s of the layers on two devices in the room. The ratios differ, which is the point of the lesson.',
    },
  ],
};
