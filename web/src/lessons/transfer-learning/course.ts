import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'A network trained on many pictures turns a picture into features that are also useful for other classes.',
    'With few pictures, keep the network, replace its last layer and train only that; the features are computed once.',
    'Only pictures that were not used for training, here of other people, show what was learned.',
  ],
  reading: [
    {
      text: 'S. Kornblith, J. Shlens, Q. V. Le: Do better ImageNet models transfer better? CVPR 2019',
      href: 'https://arxiv.org/abs/1805.08974',
    },
    {
      text: 'C. Zhang, S. Bengio, M. Hardt, B. Recht, O. Vinyals: Understanding deep learning requires rethinking generalization. ICLR 2017 (networks learn random labels)',
      href: 'https://arxiv.org/abs/1611.03530',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners believe that the pretrained network already knew the drawn faces.',
      help: 'It was trained on photos only. Its last layer for eight expressions is not used here; three new outputs are learned.',
    },
    {
      difficulty: 'They take a high accuracy on the training faces for success.',
      help: 'Let them turn on the switch at the end of the page: a layer also learns labels that mean nothing. The difference shows only on other people.',
    },
    {
      difficulty: 'They read the scatter plot as the whole embedding.',
      help: 'It shows 2 of 640 dimensions. Points that overlap in the plot can be far apart in the other 638.',
    },
    {
      difficulty: 'They expect that transfer always helps.',
      help: 'Ask what would happen with X-ray pictures or music. The further the new task is from the old one, the more layers must be trained.',
    },
  ],
};
