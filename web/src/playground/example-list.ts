/** A program to start from. Its code is `examples/<name>.ts`, its kernel, if it has one, `examples/<name>.wgsl`. */
export interface Example {
  name: string;
  title: string;
}

/** All examples, in groups, from easy to hard. */
export const EXAMPLES: readonly { group: string; list: readonly Example[] }[] = [
  {
    group: 'Tensors',
    list: [
      { name: 'first-tensor', title: 'First tensor' },
      { name: 'shapes', title: 'Shapes and broadcasting' },
      { name: 'waves', title: 'Waves as heat maps' },
      { name: 'random-numbers', title: 'Random numbers' },
    ],
  },
  {
    group: 'Gradients',
    list: [
      { name: 'gradients', title: 'Gradients' },
      { name: 'check-a-gradient', title: 'Check a gradient' },
      { name: 'downhill', title: 'Gradient descent' },
      { name: 'fit-a-line', title: 'Fit a line' },
      { name: 'xor', title: 'XOR with two layers' },
    ],
  },
  {
    group: 'Images',
    list: [
      { name: 'drawn-faces', title: 'Drawn faces' },
      { name: 'blur-and-edges', title: 'Blur and edges' },
      { name: 'convolution-by-hand', title: 'Convolution by hand' },
      { name: 'pooling', title: 'Pooling and enlarging' },
    ],
  },
  {
    group: 'Layers and networks',
    list: [
      { name: 'batch-norm', title: 'Batch norm' },
      { name: 'depthwise-separable', title: 'Depthwise separable convolution' },
      { name: 'attention', title: 'Coordinate attention' },
      { name: 'network-sizes', title: 'Sizes of thirteen networks' },
      { name: 'feature-maps', title: 'Feature maps' },
      { name: 'own-layer', title: 'A layer of your own' },
      { name: 'pretrained', title: 'Use the trained network' },
      { name: 'save-weights', title: 'Save and load weights' },
    ],
  },
  {
    group: 'Training',
    list: [
      { name: 'depthwise-cnn', title: 'Train a depthwise CNN on drawn faces' },
      { name: 'training-loop', title: 'A training loop of your own' },
      { name: 'optimizers', title: 'Three optimizers in one valley' },
      { name: 'schedules', title: 'Learning-rate schedules' },
    ],
  },
  {
    group: 'Kernels',
    list: [
      { name: 'own-kernel', title: 'A kernel of your own' },
      { name: 'own-op', title: 'Your own op with its gradient' },
      { name: 'speed', title: 'Speed of a matrix product' },
    ],
  },
];
