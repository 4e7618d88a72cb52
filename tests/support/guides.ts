// The guides' snippets as programs: the code in docs/guides must run, print the stated output, and type-check.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const GUIDES = `${ROOT}docs/guides/`;

export interface Guide {
  /** file name without its ending */
  name: string;
  text: string;
  /** the ```ts blocks one after the other; they are one module */
  program: string;
  /** the ```ts no-run blocks: code for pages and workers, each a separate module */
  pages: string[];
  /** what the program prints, by the comments behind its console.log lines; … stands for anything */
  printed: string[];
}

export async function readGuides(): Promise<Guide[]> {
  const files = (await readdir(GUIDES)).filter((file) => file.endsWith('.md')).sort();
  return Promise.all(
    files.map(async (file) => parseGuide(file.slice(0, -3), await readFile(GUIDES + file, 'utf8'))),
  );
}

export function parseGuide(name: string, text: string): Guide {
  const program = blocksOf(text, 'ts').join('\n');
  const printed = [...program.matchAll(/^\s*console\.log\(.*\); \/\/ (.+)$/gm)].map(
    (match) => match[1] ?? '',
  );
  return { name, text, program, pages: blocksOf(text, 'ts no-run'), printed };
}

/** All blocks of a kind, such as `html`, without their fences. */
export function blocksOf(text: string, kind: string): string[] {
  return [...text.matchAll(fence(kind))].map((match) => match[1] ?? '');
}

/**
 * Lines that a program should have printed but has not, in order: each must come after the previous one.
 * Numbers are compared as text, since the same device gives the same bits.
 */
export function missingLines(printed: readonly string[], output: string): string[] {
  const lines = output.split('\n').map((line) => line.trim());
  let from = 0;
  return printed.filter((expected) => {
    const at = lines.findIndex((line, i) => i >= from && matches(expected.trim(), line));
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

/** A pattern that matches exactly this text. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function fence(kind: string): RegExp {
  return new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
}

function matches(expected: string, line: string): boolean {
  return new RegExp(`^${expected.split('…').map(escapeRegExp).join('.*')}$`).test(line);
}
