import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'Softmax with cross-entropy separates classes, but does not make each class compact.',
    'The center loss pulls every feature towards the center of its class; λ says how strongly.',
    'Without the softmax the best solution is useless: everything in one point.',
  ],
  reading: [
    {
      text: 'J. Deng et al.: ArcFace: Additive angular margin loss for deep face recognition. CVPR 2019',
      href: 'https://arxiv.org/abs/1801.07698',
    },
    {
      text: 'P. Khosla et al.: Supervised contrastive learning. NeurIPS 2020',
      href: 'https://arxiv.org/abs/2004.11362',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners read the plane of features as a picture of the input.',
      help: 'Each point is the answer of the network to one example. Neighboring points are examples that the network treats alike.',
    },
    {
      difficulty: 'They think that a smaller loss is always better.',
      help: 'Show “Take the softmax away”: the loss becomes almost 0, and the network knows nothing.',
    },
    {
      difficulty: 'exp(1000) is “infinity” on their calculator too.',
      help: 'Subtract the largest logit first. The probabilities stay the same because the factor cancels.',
    },
  ],
};
