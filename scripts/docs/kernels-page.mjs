// docs/kernels.md from the heads of the .wgsl files.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../run.mjs';
import { escapeProse } from './markdown.mjs';

const FOLDER = 'src/kernels/wgsl';
/** The rows that every head must have: their first words in the head, and their labels on the page. */
const ROWS = /** @type {const} */ ([
  ['Layouts', 'Layout'],
  ['A thread', 'A thread'],
  ['Bytes', 'Bytes'],
  ['Reference', 'Reference'],
]);

/**
 * @typedef {object} Head
 * @property {string} title one sentence that says what the kernel does
 * @property {{ kind: 'prose' | 'formula', lines: string[] }[]} blocks
 * @property {Map<string, string>} rows Layouts, A thread, Bytes, Reference
 */

/**
 * Parses the head of a kernel.
 * @param {string} name
 * @param {string} source
 * @returns {Head}
 * @throws Error that lists the missing rows, or when the reference is not an existing file
 */
export function readHead(name, source) {
  const lines = (/^(?:\/\/[^\n]*\n)+/.exec(source)?.[0] ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\/\/ ?/, ''));
  const [first = '', ...rest] = lines;
  if (!first.startsWith(`${name}: `)) {
    throw new Error(
      `${name}.wgsl: its first line is "// ${first}", expected "// ${name}: what it computes."`,
    );
  }
  /** @type {Head} */
  const head = { title: first.slice(name.length + 2), blocks: [], rows: new Map() };
  let row = '';
  for (const line of rest) {
    const begins = ROWS.find(([word]) => line.startsWith(word.padEnd(10)));
    if (begins) row = begins[0];
    if (row) {
      const text = (begins ? line.slice(10) : line).trim();
      head.rows.set(row, `${head.rows.get(row) ?? ''} ${text}`.trim());
    } else addToBlocks(head, line);
  }
  const lacks = ROWS.filter(([word]) => !head.rows.get(word)).map(([word]) => `a line "${word}"`);
  if (!head.blocks.some(({ kind }) => kind === 'formula')) lacks.push('a formula, indented by two spaces');
  if (lacks.length > 0) throw new Error(`${name}.wgsl: its head lacks ${lacks.join(', ')}`);
  const [reference = ''] = (head.rows.get('Reference') ?? '').split(' ');
  if (!/^tests\/.*\.ts$/.test(reference) || !existsSync(join(root, reference))) {
    throw new Error(
      `${name}.wgsl: Reference: got "${reference}", expected the path of an existing file, such as tests/reference/ops/unary.ts`,
    );
  }
  return head;
}

/**
 * @param {Head} head
 * @param {string} line
 */
function addToBlocks(head, line) {
  const last = head.blocks.at(-1);
  if (line === '') {
    if (last && last.lines.length > 0) head.blocks.push({ kind: 'prose', lines: [] });
    return;
  }
  const kind = line.startsWith('  ') ? 'formula' : 'prose';
  if (last && (last.kind === kind || last.lines.length === 0)) {
    last.kind = kind;
    last.lines.push(line);
  } else if (!last && kind === 'prose') head.title += ` ${line}`;
  else head.blocks.push({ kind, lines: [line] });
}

/** @returns {Promise<string>} the page */
export async function kernelsPage() {
  const files = (await readdir(join(root, FOLDER))).filter((file) => file.endsWith('.wgsl')).sort();
  const names = files.map((file) => file.slice(0, -'.wgsl'.length));
  const lines = [
    '<!-- Made by `npm run docs` from the heads of the .wgsl files; edit those. -->',
    '',
    '# Kernels',
    '',
    `All arithmetic of feathergrad is in these ${names.length} files, [${FOLDER}](../${FOLDER}). The head of each kernel`,
    "states its formula, its memory layouts, the work of one thread, the bytes it must move and the tests' float64",
    'reference. A `Vec` is four floats if the number of channels is a multiple of four, otherwise one.',
    '[Architecture](architecture.md) explains how to add a kernel.',
    '',
    names.map((name) => `[${name}](#${name})`).join(' · '),
    '',
  ];
  for (const [i, name] of names.entries()) {
    const head = readHead(name, await readFile(join(root, FOLDER, `${name}.wgsl`), 'utf8'));
    lines.push(`## ${name}`, '', sentence(head.title), '');
    for (const { kind, lines: body } of head.blocks) {
      if (body.length === 0) continue;
      if (kind === 'formula') lines.push('```text', ...outdent(body), '```', '');
      else lines.push(...body.map(escapeProse), '');
    }
    for (const [word, label] of ROWS) {
      const text = escapeProse(head.rows.get(word) ?? '');
      lines.push(`- **${label}**: ${word === 'Reference' ? text.replace(/^\S+/, '[$&](../$&)') : text}`);
    }
    lines.push('', `Source: [${files[i]}](../${FOLDER}/${files[i]})`, '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Capitalizes the first word, unless it is a letter of a formula. @param {string} text */
const sentence = (text) => escapeProse(text.replace(/^[a-z](?=[a-z-]+\b)/, (letter) => letter.toUpperCase()));

/** @param {string[]} lines */
function outdent(lines) {
  const by = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(by));
}
