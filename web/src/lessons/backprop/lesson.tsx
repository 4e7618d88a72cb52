import { add, type Device, gradcheck, hardSwish, mul, scope, sub, type Tensor, tensor } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/accumulate.wgsl?raw';
import type { Texts } from '../../text/en.ts';
import type { Language } from '../../text/fill.ts';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { DescentView } from './descent-view.tsx';
import { Interactive } from './interactive.tsx';
import { notesIn } from './notes.ts';
import { Picture } from './picture.tsx';

/** The lesson in the language of the texts. */
export function lessonIn(texts: Texts, language: Language): Lesson {
  const text = texts.backprop;
  const { steps, questions, breakIt } = text;
  return {
    slug: 'backprop',
    title: text.title,
    teaser: text.teaser,
    summary: Object.values(text.summary),
    Picture,
    Interactive: ({ device }) => <Interactive device={device} text={text.figure} language={language} />,
    description: text.description,
    steps: [
      { text: steps.a, set: { w: null, x: null, b: null, t: null, step: '3' } },
      { text: steps.b, set: { w: null, x: null, b: null, t: null, step: '5' } },
      { text: steps.c, set: { step: '7' } },
      { text: steps.d, set: { step: '8' } },
      { text: steps.e, set: { step: '10' } },
      { text: steps.f, set: { b: '-7', step: '10' } },
    ],
    kernel: {
      name: 'accumulate',
      source,
      mark: 'y[i] = y[i] + x[i]',
      note: text.note,
      notes: notesIn(texts),
    },
    check: { label: text.check, run: check },
    breakIt: {
      label: breakIt.label,
      text: breakIt.text,
      View: ({ device, broken }) => (
        <DescentView device={device} broken={broken} text={breakIt} language={language} />
      ),
    },
    questions: Object.values(questions),
    sources: [
      {
        text: 'D. E. Rumelhart, G. E. Hinton, R. J. Williams: Learning representations by back-propagating errors. Nature 323, 1986',
        href: 'https://doi.org/10.1038/323533a0',
      },
      {
        text: 'A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind: Automatic differentiation in machine learning: a survey. JMLR 18, 2018',
        href: 'https://arxiv.org/abs/1502.05767',
      },
    ],
  };
}

async function check(device: Device) {
  const inputs = scope(() => [2, 1.5, -2, 1].map((value) => tensor(device, [value])));
  const loss = (...given: Tensor[]): Tensor => {
    const [w, x, b, t] = given as [Tensor, Tensor, Tensor, Tensor];
    const e = sub(hardSwish(add(mul(w, x), b)), t);
    return mul(mul(e, e), 0.5);
  };
  try {
    return gradcheckText(await gradcheck(loss, inputs), ['w', 'x', 'b', 't']);
  } finally {
    for (const one of inputs) one.dispose();
  }
}
