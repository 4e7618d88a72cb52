import type { ComponentType } from 'preact';
import { CompareView } from '../compare/compare-view.tsx';
import { DocsView } from '../docs/docs-view.tsx';
import { LessonsView } from '../lessons/lessons-view.tsx';
import { RecognizeView } from '../recognize/recognize-view.tsx';
import { TrainView } from '../train/view/train-view.tsx';

export interface Page {
  /** the part of the URL after `#/` */
  name: string;
  title: string;
  View: ComponentType;
}

/** The pages in the order of the links. The first is the default. To add a page, add a line. */
export const PAGES: readonly [Page, ...Page[]] = [
  { name: 'train', title: 'Train', View: TrainView },
  { name: 'recognize', title: 'Recognize', View: RecognizeView },
  { name: 'compare', title: 'Compare', View: CompareView },
  { name: 'lessons', title: 'Lessons', View: LessonsView },
  { name: 'docs', title: 'Docs', View: DocsView },
];
