import type { ComponentType } from 'preact';
import { lazy } from './lazy.tsx';

export interface Page {
  /** the part of the URL after `#/`; empty for the landing page */
  name: string;
  title: string;
  /** one sentence, for search engines, previews of links and the search of the app */
  description: string;
  /** further words that the search finds the page by */
  keywords: string;
  /** the page whose link in the header stands for this one too, instead of a link to it */
  parent?: string;
  View: ComponentType;
}

/** The landing page, and the pages in the order of the links. To add a page, add an entry. */
export const PAGES: readonly Page[] = [
  {
    name: '',
    title: 'Networks that train in your browser',
    description:
      'Train and run small image networks on your own GPU, in this page. Nothing leaves your machine.',
    keywords: 'home start overview WebGPU deep learning',
    View: lazy(async () => (await import('../landing/landing-view.tsx')).LandingView),
  },
  {
    name: 'studio',
    title: 'Studio',
    description:
      'Teach a network your own classes in two minutes, from your webcam or pictures, in your browser.',
    keywords:
      'teach own classes webcam camera pictures transfer learning fine-tune project export save model teachable',
    View: lazy(async () => (await import('../studio/view/studio-view.tsx')).StudioView),
  },
  {
    name: 'train',
    title: 'Train',
    description:
      'Train a network to read faces on your own GPU: drawn faces, a folder of pictures, FER+ or your webcam.',
    keywords:
      'fine-tune fine-tuning transfer learning webcam camera own pictures classes learning rate epochs checkpoint',
    View: lazy(async () => (await import('../train/view/train-view.tsx')).TrainView),
  },
  {
    name: 'recognize',
    title: 'Recognize',
    description: 'Recognize facial expressions in a picture or from your camera. Nothing is uploaded.',
    keywords: 'webcam camera photo face detection expression emotion attention predict inference',
    View: lazy(async () => (await import('../recognize/recognize-view.tsx')).RecognizeView),
  },
  {
    name: 'compare',
    title: 'Compare',
    description: 'Measure this device, every kernel, and the same network in other libraries.',
    keywords: 'benchmark speed performance roofline TensorFlow.js ONNX Runtime jax-js GPU limits bandwidth',
    View: lazy(async () => (await import('../compare/compare-view.tsx')).CompareView),
  },
  {
    name: 'lessons',
    title: 'Lessons',
    description:
      'Lessons on the ideas inside a lightweight convolutional network, each with its real kernel.',
    keywords: 'course learn exercises teach kernels WGSL convolution gradient',
    View: lazy(async () => (await import('../lessons/lessons-view.tsx')).LessonsView),
  },
  {
    name: 'course',
    title: 'Course',
    description: 'The lessons in order, with aims, minutes and progress, hand-outs and notes for teachers.',
    keywords: 'teacher school hand-out worksheet print solutions progress curriculum German Deutsch Kurs',
    parent: 'lessons',
    View: lazy(async () => (await import('../course/course-view.tsx')).CourseView),
  },
  {
    name: 'network',
    title: 'Network',
    description: 'Look inside a whole network, from its blocks down to the arithmetic of one number.',
    keywords: 'feature maps layers operators explain pixel gradient saliency inside MobileNet convolution',
    parent: 'lessons',
    View: lazy(async () => (await import('../network/network-view.tsx')).NetworkView),
  },
  {
    name: 'playground',
    title: 'Playground',
    description: 'Write TypeScript and WGSL that use feathergrad, and run them on your own GPU.',
    keywords: 'editor code REPL sandbox example own kernel WGSL show live chart',
    View: lazy(async () => (await import('../playground/playground-view.tsx')).PlaygroundView),
  },
  {
    name: 'docs',
    title: 'Docs',
    description: 'Guides, reference and background of feathergrad, a deep-learning library on WebGPU.',
    keywords: 'documentation guide API reference install npm',
    View: lazy(async () => (await import('../docs/docs-view.tsx')).DocsView),
  },
];

/** Earlier names of pages; links with these names still work. */
export const RENAMED: Readonly<Record<string, string>> = { recognise: 'recognize' };
