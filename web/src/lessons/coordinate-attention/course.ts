import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'Attention multiplies a map by numbers between 0 and 1 that are computed from the map itself.',
    'Averages over rows and over columns keep the position, an average over the whole picture loses it.',
    'A product of one number per row and one per column cannot mark two arbitrary places at once.',
  ],
  reading: [
    {
      text: 'S. Woo, J. Park, J. Lee, I. S. Kweon: CBAM: Convolutional block attention module. ECCV 2018',
      href: 'https://arxiv.org/abs/1807.06521',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners expect the gates to be either 0 or 1.',
      help: 'A sigmoid is never quite 0 or 1. Let them read the gate at the patch and the average gate.',
    },
    {
      difficulty: 'They do not see why four places light up with two patches.',
      help: 'Write the row gates beside a grid and the column gates below it, and multiply by hand.',
    },
    {
      difficulty: 'They ask who chose the weights.',
      help: 'Here they were set by hand so that brightness opens the gates. In the network they are learned like all other weights.',
    },
  ],
};
