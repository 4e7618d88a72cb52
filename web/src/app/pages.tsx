import type { ComponentType } from 'preact';
import { lazy } from './lazy.tsx';

export interface Page {
  /** the part of the URL after `#/` */
  name: string;
  title: string;
  View: ComponentType;
}

/** The pages in the order of the links. The first is the default. To add a page, add a line. */
export const PAGES: readonly [Page, ...Page[]] = [
  {
    name: 'train',
    title: 'Train',
    View: lazy(async () => (await import('../train/view/train-view.tsx')).TrainView),
  },
  {
    name: 'recognize',
    title: 'Recognize',
    View: lazy(async () => (await import('../recognize/recognize-view.tsx')).RecognizeView),
  },
  {
    name: 'compare',
    title: 'Compare',
    View: lazy(async () => (await import('../compare/compare-view.tsx')).CompareView),
  },
  {
    name: 'lessons',
    title: 'Lessons',
    View: lazy(async () => (await import('../lessons/lessons-view.tsx')).LessonsView),
  },
  { name: 'docs', title: 'Docs', View: lazy(async () => (await import('../docs/docs-view.tsx')).DocsView) },
];
