import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Three expressions, 2 to 20 people. Press the button below the faces: it loads a network that was trained on photos, and runs it on every face. A second network has the same layers, but random weights.',
  },
  {
    text: 'Each network turns a face into 640 numbers, its embedding. The scatter plots show two directions of these 640, those in which the faces differ most. In which plot are the colors separate?',
  },
  {
    text: 'Then one linear layer with three outputs is trained on each set of embeddings. The networks themselves stay as they are, so they run only once. Compare the two curves: they show faces of people who were not in the training set.',
  },
  {
    text: 'Now take only two people, six faces. Both layers can name their six training faces. What about other people?',
    set: { people: '2' },
  },
  {
    text: 'With 20 people the layer on the pretrained network names many more faces correctly than with two. Does the random network profit too? The text below the table says what your device found.',
    set: { people: '20' },
  },
];
