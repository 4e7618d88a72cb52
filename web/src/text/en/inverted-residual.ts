export const invertedResidualEn = {
  title: 'The inverted residual and the linear bottleneck',
  teaser: 'Widen, filter, squeeze: and never bend what is narrow. A spiral shows why.',
  summary: {
    a: 'The blocks of MobileNetV2 and V3 are narrow outside and wide inside. A 1 × 1 convolution expands a few channels to many, a depthwise convolution filters each of them, and another 1 × 1 convolution projects the result back to a few. If the shape allows it, the input of the block is added. The older residual blocks are wide outside and narrow inside, so this one is called inverted.',
    b: 'Why so wide inside? An activation such as ReLU sets all negative numbers to 0. In two channels this destroys a lot. In thirty channels, a point that is lost in one channel is usually still there in another.',
    c: 'And why no activation after the projection? Because there the data is narrow again, and a ReLU would destroy it. The bottleneck stays linear.',
  },
  description:
    'The left plot shows a spiral, 200 points with two numbers each. The points are expanded to n channels by random weights, an activation is applied, and the best linear projection brings them back to two numbers, which the right plot shows. A slider sets n. Your GPU computes both matrix products and the activation. Below the plots is the share of points that are 0 in every channel, and the error that is left after the best straightening.',
  steps: {
    a: 'Two channels and ReLU. Large parts of the spiral end up on a line or in a single point. No later layer can bring them back.',
    b: 'Switch the activation off. The spiral comes back exactly, since a projection can undo an expansion. The loss comes from the activation alone.',
    c: 'Now five channels with ReLU. Something like a spiral can be seen again, but it is bent.',
    d: 'With thirty channels the shape survives. This is why the blocks expand before they activate.',
    e: 'Draw other random weights a few times. The picture changes, but wide is nearly always better than narrow.',
  },
  note: 'All activations are one small kernel. The marked lines are ReLU and relu6. They have no parameter to learn, and they cannot be undone: whatever is negative becomes 0.',
  notes: {
    a: 'A function of one number, applied to each element. In a block it is fused into the convolution before it; alone it looks like this.',
    b: 'Four numbers per thread. FUNCTION is fixed when the kernel is compiled.',
    c: 'NaN must stay NaN, and WGSL has no way to write it down.',
    d: 'ReLU keeps v if it is at least 0. The sigmoids squeeze everything between 0 and 1, so their inputs can still be told apart.',
    e: 'The logarithm is long because graphics cards disagree about special cases.',
    f: 'One thread per Vec, as in all kernels of this kind.',
    g: 'The choice of the function. relu6 also cuts off above 6.',
  },
  check: 'Check a small block',
  breakIt: {
    label: 'Activate the bottleneck too',
    text: 'Three blocks in a row, each with 12 channels inside. The projections are linear, so the spiral is bent but stays whole. Now put a ReLU after each projection.',
    caption: 'The spiral after three blocks',
    right:
      'Linear bottlenecks: {share} of the points have lost a number on the way. The spiral is bent, but whole.',
    wrong:
      'ReLU in the bottleneck: {share} of the points have lost a number on the way, because it was negative. What is left lies in one corner.',
  },
  questions: {
    a: {
      question: 'Is a wide block not expensive?',
      answer:
        'The 1 × 1 convolutions are, but the costly 3 × 3 filter is depthwise: 9 multiplications per value however many channels there are. And what is kept between the blocks, where memory is needed, is narrow.',
    },
    b: {
      question: 'Why is the shortcut between the narrow ends and not between the wide ones?',
      answer:
        'The narrow ends hold all of the information; the inside is a temporary copy. Adding narrow tensors moves fewer bytes. In training the shortcut lets the gradient pass every block unchanged.',
    },
    c: {
      question:
        'If the data fits into two numbers, why do 30 channels not help even more without an activation?',
      answer:
        'Without an activation, expansion and projection together are a single matrix of 2 × 2: nothing is gained. The activation makes the block more than linear, and the width makes sure that it costs little information.',
    },
  },
  figure: {
    width: 'Channels inside',
    activation: 'Activation',
    none: 'none',
    again: 'Other random weights',
    before: 'before',
    after: 'after {n} channels and back',
    result: '{dead} of the points are 0 in every channel. Error after the best straightening: {error}.',
  },
  exercises: {
    weights: {
      title: 'Count the weights of a block',
      task: 'A block takes 24 channels, expands them six times, filters with 3 × 3 and projects back to 24. How many weights do its three convolutions have, without biases and norms?',
      hints: {
        a: 'Inside there are 6 · 24 = 144 channels.',
        b: 'The 1 × 1 convolutions have 24 · 144 weights each, the depthwise one 9 per channel.',
      },
      unit: 'weights',
      solution:
        '24 · 144 + 9 · 144 + 144 · 24 = 3,456 + 1,296 + 3,456 = 8,208. A dense 3 × 3 convolution with 144 channels in and out would have 186,624.',
    },
    chance: {
      title: 'How often is everything lost?',
      task: 'A point is expanded to 5 channels by random weights that are positive and negative with the same chance. After ReLU, how likely is it that all five channels are 0? Answer with a number between 0 and 1.',
      hints: {
        a: 'In a single channel the value is negative with probability one half.',
        b: 'The channels are independent, so the probabilities are multiplied.',
      },
      solution:
        '(1/2)⁵ = 1/32 = 0.031. With thirty channels it would be about one in a billion. Your device draws 40,000 points to check it.',
    },
    residual: {
      title: 'Add the shortcut',
      task: 'This kernel projects the inside of a block back to its outer channels. It should also add the input of the block. It does not yet; and mind that there must be no activation.',
      hints: {
        a: 'The input of the block, called block, has the same shape as the result.',
        b: 'So the number to add is block[i].',
      },
    },
  },
  takeaways: {
    a: 'An inverted residual block is narrow outside and wide inside: expand, filter each channel, project, add the input.',
    b: 'ReLU destroys information; in many channels enough of it survives.',
    c: 'The narrow ends stay linear, because there an activation would destroy what the rest of the network needs.',
  },
  difficulties: {
    a: {
      difficulty: 'Learners think that more channels mean more information.',
      help: 'The data has two numbers per point at any width. The other channels are copies seen from different sides. They matter only because ReLU cuts off a part of each.',
    },
    b: {
      difficulty: 'They expect the spiral to be perfect at 30 channels.',
      help: 'It is bent, and that is fine: a network can straighten what is bent, but not what has collapsed to a point.',
    },
    c: {
      difficulty: '“Bottleneck” sounds like something bad.',
      help: 'It saves memory on purpose. The blocks pass on a few channels and use many only for a moment.',
    },
  },
};
