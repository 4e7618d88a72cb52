import {
  add,
  conv2d,
  type Device,
  depthwiseConv2d,
  gradcheck,
  hardSwish,
  scope,
  type Tensor,
  tensor,
} from 'feathergrad';
import source from '../../../../src/kernels/wgsl/unary.wgsl?raw';
import type { Texts } from '../../text/en.ts';
import type { Language } from '../../text/fill.ts';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { wave } from '../pieces/wave.ts';
import { BlocksView } from './blocks-view.tsx';
import { Interactive } from './interactive.tsx';
import { notesIn } from './notes.ts';
import { Picture } from './picture.tsx';

/** The lesson in the language of the texts. */
export function lessonIn(texts: Texts, language: Language): Lesson {
  const text = texts.invertedResidual;
  const { steps, questions, breakIt } = text;
  return {
    slug: 'inverted-residual',
    title: text.title,
    teaser: text.teaser,
    summary: Object.values(text.summary),
    Picture,
    Interactive: ({ device }) => <Interactive device={device} text={text.figure} language={language} />,
    description: text.description,
    steps: [
      { text: steps.a, set: { n: null, act: null, seed: null } },
      { text: steps.b, set: { n: null, act: 'none', seed: null } },
      { text: steps.c, set: { n: '5', act: null, seed: '3' } },
      { text: steps.d, set: { n: '30', act: null, seed: '4' } },
      { text: steps.e },
    ],
    kernel: {
      name: 'unary',
      source,
      mark: /fn relu\(|case 6u: /,
      note: text.note,
      notes: notesIn(texts),
    },
    check: { label: text.check, run: check },
    breakIt: {
      label: breakIt.label,
      text: breakIt.text,
      View: ({ device, broken }) => (
        <BlocksView device={device} broken={broken} text={breakIt} language={language} />
      ),
    },
    questions: Object.values(questions),
    sources: [
      {
        text: 'M. Sandler et al.: MobileNetV2: Inverted residuals and linear bottlenecks. CVPR 2018 (figure 1 is this experiment)',
        href: 'https://arxiv.org/abs/1801.04381',
      },
      {
        text: 'K. He, X. Zhang, S. Ren, J. Sun: Deep residual learning for image recognition. CVPR 2016',
        href: 'https://arxiv.org/abs/1512.03385',
      },
    ],
  };
}

/** A block of 3 channels that is widened to 5: expand, filter, project, add. */
async function check(device: Device) {
  const shapes = [
    [1, 4, 4, 3],
    [1, 1, 3, 5],
    [3, 3, 5],
    [1, 1, 5, 3],
  ];
  const inputs = scope(() =>
    shapes.map((shape, i) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return tensor(device, wave(count, i), { shape });
    }),
  );
  const block = (...given: Tensor[]): Tensor => {
    const [x, expand, filter, project] = given as [Tensor, Tensor, Tensor, Tensor];
    const wide = hardSwish(conv2d(x, expand));
    const filtered = hardSwish(depthwiseConv2d(wide, filter, null, { padding: 1 }));
    return add(conv2d(filtered, project), x);
  };
  try {
    return gradcheckText(await gradcheck(block, inputs), ['x', 'expand', 'filter', 'project']);
  } finally {
    for (const one of inputs) one.dispose();
  }
}
