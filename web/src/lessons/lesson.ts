import type { Device } from 'feathergrad';
import type { ComponentType } from 'preact';

/** The parts of a lesson; `lesson-page.tsx` shows them. */
export interface Lesson {
  slug: string;
  /** its number in the course, from 1 */
  number: number;
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
  /** the source of the kernel; lines that contain `mark` are marked, `note` explains them */
  kernel: { name: string; source: string; mark: string | RegExp; note: string };
  /** gradient check of the lesson's operation */
  check: { label: string; run(device: Device): Promise<{ pass: boolean; text: string }> };
  /** a switch that removes the idea and shows what breaks */
  breakIt: { label: string; text: string; View: ComponentType<{ device: Device; broken: boolean }> };
  /** three questions with collapsed answers */
  questions: readonly { question: string; answer: string }[];
  sources: readonly { text: string; href?: string }[];
}
