import type { Device } from 'feathergrad';
import type { ComponentType } from 'preact';

/** What a lesson consists of; `lesson-page.tsx` lays it out. */
export interface Lesson {
  slug: string;
  /** its place in the course, from 1 */
  number: number;
  title: string;
  /** one sentence for the card */
  teaser: string;
  /** thirty seconds: two or three short paragraphs, also indexed by the search */
  summary: readonly string[];
  /** an inline SVG */
  Picture: ComponentType;
  /** the one thing to play with; computes on the reader's GPU */
  Interactive: ComponentType<{ device: Device }>;
  /** what a reader sees in it, for those without WebGPU and for screen readers */
  description: string;
  /** the real kernel as it lies in its file; lines that contain `mark` are marked, `note` says why */
  kernel: { name: string; source: string; mark: string | RegExp; note: string };
  /** the library's gradcheck on the lesson's operation */
  check: { label: string; run(device: Device): Promise<{ pass: boolean; text: string }> };
  /** a switch that shows why it is built so */
  breakIt: { label: string; text: string; View: ComponentType<{ device: Device; broken: boolean }> };
  /** three, with their answers folded */
  questions: readonly { question: string; answer: string }[];
  sources: readonly { text: string; href?: string }[];
}
