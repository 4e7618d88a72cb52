import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'A confusion matrix shows what was taken for what; accuracy only counts the diagonal.',
    'Recall reads a row, precision a column.',
    'A classifier that was trained without a group can fail for this group while its overall accuracy looks fine.',
  ],
  reading: [
    {
      text: 'L. F. Barrett et al.: Emotional expressions reconsidered: Challenges to inferring emotion from human facial movements. Psychological Science in the Public Interest 20(1), 2019',
      href: 'https://doi.org/10.1177/1529100619832930',
    },
    {
      text: 'M. Mitchell et al.: Model cards for model reporting. FAT* 2019',
      href: 'https://arxiv.org/abs/1810.03993',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners confuse recall and precision.',
      help: 'Let them say the question aloud: “of all happy people” starts with the truth and reads a row; “of all that were called happy” starts with the answer and reads a column.',
    },
    {
      difficulty: 'They take the groups for real groups of people.',
      help: 'Say clearly that the people are invented. The mechanism is real: the same happens with age, skin, glasses or lighting.',
    },
    {
      difficulty: 'They believe that a recognized expression is a feeling.',
      help: 'Ask for a smile that is not happy. The network learns what people labeled, and people labeled pictures, not feelings.',
    },
  ],
};
