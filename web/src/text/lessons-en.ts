// Titles and aims of the lessons, for the course page.
export const lessonsEn = {
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
  'how-a-gpu-adds': {
    title: 'How a GPU adds numbers',
    aims: {
      a: 'explain why one thread is slow and a tree is fast',
      b: 'explain why the order of additions changes the last digits',
      c: 'make a sum on a GPU reproducible',
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
  'whole-network': {
    title: 'The whole network',
    aims: {
      a: 'read the table of a network: shapes, parameters, multiply-adds, time',
      b: 'find the part that costs the most time, and the part that costs the most memory',
      c: 'explain why a deep network without batch norm does not train',
    },
  },
};
