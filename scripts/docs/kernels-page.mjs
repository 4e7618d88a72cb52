// docs/kernels.md from the heads of the .wgsl files.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../run.mjs';
import { escapeProse } from './markdown.mjs';

const FOLDER = 'src/kernels/wgsl';
/** What each head must say, as its rows begin. */
const ROWS = /** @type {const} */ ([
  ['Layouts', 'Layout'],
  ['A thread', 'A thread'],
  ['Bytes', 'Bytes'],
]);

/**
 * @typedef {object} Head
 * @property {string} title what the kernel does, in a sentence
 * @property {{ kind: 'prose' | 'formula', lines: string[] }[]} blocks
 * @property {Map<string, string>} rows Layouts, A thread, Bytes
 */

/**
 * A kernel's head in its parts.
 * @param {string} name
 * @param {string} source
 * @returns {Head}
 * @throws Error that names what the head lacks
 */
export function readHead(name, source) {
  const lines = (/^(?:\/\/[^\n]*\n)+/.exec(source)?.[0] ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\/\/ ?/, ''));
  const [first = '', ...rest] = lines;
  if (!first.startsWith(`${name}: `)) {
    throw new Error(
      `${name}.wgsl: its first line is "// ${first}", it should be "// ${name}: what it computes."`,
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
    `All arithmetic of feathergrad is in these ${names.length} files, [${FOLDER}](../${FOLDER}). A kernel's head says its`,
    'formula, how its memory is laid out, what one thread does and how many bytes it must move. A `Lane` is four floats',
    'where the channels are a multiple of four, else one. [Architecture](architecture.md) says how a kernel is added.',
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
      lines.push(`- **${label}**: ${escapeProse(head.rows.get(word) ?? '')}`);
    }
    lines.push('', `Source: [${files[i]}](../${FOLDER}/${files[i]})`, '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Begins with a capital, unless with a formula's letter. @param {string} text */
const sentence = (text) => escapeProse(text.replace(/^[a-z](?=[a-z-]+\b)/, (letter) => letter.toUpperCase()));

/** @param {string[]} lines */
function outdent(lines) {
  const by = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(by));
}
