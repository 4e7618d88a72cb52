import type { Device } from 'feathergrad';
import type { ComponentType } from 'preact';
import type { KernelNote } from './kernel-note.ts';
import type { Said } from './said.ts';

/** A short step next to the figure. */
export interface Step {
  text: string;
  /** values of the figure's state in the URL that the step's button sets; `null` means the initial value */
  set?: Readonly<Record<string, string | null>>;
}

/** The parts of a lesson; `lesson-page.tsx` shows them. */
export interface Lesson {
  slug: string;
  title: string;
  /** one sentence for the card */
  teaser: string;
  /** explanation for thirty seconds of reading: two or three short paragraphs, also indexed by the search */
  summary: readonly string[];
  /** an inline SVG */
  Picture: ComponentType;
  /** the interactive figure; computes on the reader's GPU */
  Interactive: ComponentType<{ device: Device }>;
  /** description of the figure, for readers without WebGPU and for screen readers */
  description: string;
  /** what to do with the figure, in short steps */
  steps: readonly Step[];
  /** the source of the kernel; lines that contain `mark` are marked, `note` explains them, `notes` explain all lines */
  kernel: {
    name: string;
    source: string;
    mark: string | RegExp;
    note: string;
    notes: readonly KernelNote[];
  };
  /** gradient check of the lesson's operation */
  check: { label: string; run(device: Device): Promise<{ pass: boolean; text: Said }> };
  /** a switch that removes the idea and shows what breaks */
  breakIt: { label: string; text: string; View: ComponentType<{ device: Device; broken: boolean }> };
  /** three questions with collapsed answers */
  questions: readonly { question: string; answer: string }[];
  sources: readonly { text: string; href?: string }[];
}
