// Titles and aims of the lessons, for the course page.
export const lessonsEn = {
  convolution: {
    title: 'Convolution and its gradient from zero',
    aims: {
      a: 'compute a convolution by hand and predict the size of its output',
      b: 'choose weights that answer to edges',
      c: 'say what the slope of a weight and of a pixel is',
    },
  },
  backprop: {
    title: 'Backpropagation by hand',
    aims: {
      a: 'compute the slopes of a small computation by hand, step by step',
      b: 'explain why one walk backward is enough for all weights',
      c: 'say what happens to the slope of a value that is used twice',
    },
  },
  'depthwise-separable': {
    title: 'From convolution to depthwise separable',
    aims: {
      a: 'compute parameters and multiply-accumulates of a dense and of a depthwise separable layer',
      b: 'explain what each half of the separable form can and cannot do',
      c: 'say why fewer operations do not always mean proportionally less time',
    },
  },
  'hard-swish': {
    title: 'Hard-swish',
    aims: {
      a: 'compute hard-swish and its slope by hand',
      b: 'explain why a network needs activations, and why this one is cheap',
      c: 'judge a gradient check at a kink',
    },
  },
  'batch-norm': {
    title: 'Batch norm, forward and back',
    aims: {
      a: 'normalize a small batch by hand',
      b: 'explain the difference between training and evaluation',
      c: 'compute a variance without losing digits',
    },
  },
  'inverted-residual': {
    title: 'The inverted residual and the linear bottleneck',
    aims: {
      a: 'draw the block of MobileNetV2 and count its weights',
      b: 'explain why it is wide where the activation is',
      c: 'explain why its narrow ends have no activation',
    },
  },
  'training-dynamics': {
    title: 'Training dynamics: under- and overfitting with twenty pictures',
    aims: {
      a: 'recognize underfitting and overfitting by the curves of two losses',
      b: 'explain what weight decay and momentum do in a step',
      c: 'say when early stopping stops, and why it needs separate pictures',
    },
  },
  'how-a-gpu-adds': {
    title: 'How a GPU adds numbers',
    aims: {
      a: 'explain why one thread is slow and a tree is fast',
      b: 'explain why the order of additions changes the last digits',
      c: 'make a sum on a GPU reproducible',
    },
  },
  'gpu-kernel': {
    title: 'What a GPU does with a kernel',
    aims: {
      a: 'count the threads, workgroups and loads of a kernel',
      b: 'say whether bytes or multiply-adds limit a layer, with a roofline',
      c: 'explain why a library measures how to divide the work among threads',
    },
  },
  'confusion-matrix': {
    title: 'Reading a confusion matrix; bias and the limits of expression recognition',
    aims: {
      a: 'read recall and precision off a confusion matrix',
      b: 'explain how a training set without a group leads to mistakes for this group',
      c: 'say what a network for expressions can know, and what it cannot',
    },
  },
  'coordinate-attention': {
    title: 'Coordinate attention',
    aims: {
      a: 'explain what attention multiplies and how the factors are computed',
      b: 'explain why row and column gates know where something is',
      c: 'name the price: a product of two strips has rank one',
    },
  },
  'complementary-pooling': {
    title: 'Complementary pooling',
    aims: {
      a: 'explain what an average and a maximum each lose',
      b: 'merge two convolutions with the same weights into one',
      c: 'say when such a merge is allowed',
    },
  },
  'center-loss': {
    title: 'Softmax and center loss',
    aims: {
      a: 'compute a softmax without overflow',
      b: 'explain what the two losses ask of the features',
      c: 'predict what a larger λ does',
    },
  },
  'why-lightweight': {
    title: 'Why lightweight? From VGG to MobileNet, ShuffleNet, GhostNet',
    aims: {
      a: 'name the idea with which each light network saves',
      b: 'count parameters and multiply-adds of a layer and of a network',
      c: 'explain why the order by operations and the order by time differ',
    },
  },
  'transfer-learning': {
    title: 'Transfer learning',
    aims: {
      a: 'explain which part of a network is kept for new classes, and which is replaced',
      b: 'train a last layer on features that are computed once',
      c: 'measure what was learned on pictures that were not used for training',
    },
  },
  'whole-network': {
    title: 'The whole network',
    aims: {
      a: 'read the table of a network: shapes, parameters, multiply-adds, time',
      b: 'find the part that costs the most time, and the part that costs the most memory',
      c: 'explain why a deep network without batch norm does not train',
    },
  },
};
