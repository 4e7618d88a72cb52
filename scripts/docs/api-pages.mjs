// docs/api/*.md from the docstrings: one page a subpath.

import { escapeProse, Slugger } from './markdown.mjs';
import { SUBPATHS } from './public-surface.mjs';

/** @typedef {import('./public-surface.mjs').Entry} Entry */
/** @typedef {import('./public-surface.mjs').Member} Member */
/** @typedef {import('./public-surface.mjs').Doc} Doc */

/** The parts of a page by the folder that a name comes from; the first that fits takes it. */
const PARTS = /** @type {const} */ ([
  ['src/gpu/', 'Device, kernels, errors'],
  ['src/tensor/ops/', 'Operations'],
  ['src/tensor/', 'Tensors, gradients, pictures'],
  ['src/layers/', 'Layers'],
  ['src/loss/', 'Losses'],
  ['src/optim/', 'Optimizers and schedules'],
  ['src/models/', 'The network'],
  ['src/train/', 'Training and evaluation'],
]);

const INTRODUCTIONS = {
  feathergrad: 'The core: device, tensors, operations, layers, losses, optimizers, the network, training.',
  'feathergrad/node': "Node's way to a GPU, to files and to data sets on a disk.",
  'feathergrad/data':
    'Where training pictures come from: drawn faces, pictures of your own, augmentation, label rules.',
  'feathergrad/formats': "Files of weights: safetensors, PyTorch's, ONNX.",
};

/** Heading of what cannot be imported. */
const HELPERS = 'Types that signatures name';

/** A name that a reader is likely to import. */
const EXAMPLES = {
  feathergrad: 'createDevice, FerMobileNetV3, tensor',
  'feathergrad/node': 'createDevice, openDataSet',
  'feathergrad/data': 'DrawnFaceSource, PictureSource',
  'feathergrad/formats': 'decodeWeights, encodeOnnx',
};

/** @param {string} subpath */
export const apiPageName = (subpath) => `docs/api/${subpath.replace('/', '-')}.md`;

/**
 * @param {Map<string, Entry[]>} surface
 * @returns {Map<string, string>} pages by path from the project's root
 */
export function apiPages(surface) {
  return new Map(
    SUBPATHS.map(([subpath]) => [apiPageName(subpath), page(subpath, surface.get(subpath) ?? [])]),
  );
}

/**
 * @param {keyof typeof INTRODUCTIONS} subpath
 * @param {Entry[]} entries
 */
function page(subpath, entries) {
  const slugger = new Slugger();
  slugger.slug(subpath);
  const parts = partsOf(entries).map(([title, members]) => ({
    title,
    slug: title ? slugger.slug(title) : '',
    entries: members.map((entry) => ({ entry, slug: slugger.slug(entry.name) })),
  }));
  const others = SUBPATHS.filter(([other]) => other !== subpath).map(
    ([other]) => `[${other}](${other.replace('/', '-')}.md)`,
  );
  const lines = [
    '<!-- Made by `npm run docs` from the docstrings; edit those. -->',
    '',
    `# ${subpath}`,
    '',
    `${INTRODUCTIONS[subpath]} Other subpaths: ${others.join(', ')}.`,
    '',
    '```ts',
    `import { ${EXAMPLES[subpath]} } from '${subpath}';`,
    '```',
    '',
  ];
  for (const { title, entries: members } of parts) {
    const links = members.map(({ entry, slug }) => `[${entry.name}](#${slug})`).join(' · ');
    lines.push(title ? `**${title}**: ${links}` : links, '');
  }
  for (const { title, entries: members } of parts) {
    if (title) lines.push(`## ${title}`, '');
    for (const { entry } of members) lines.push(...section(entry, title ? '###' : '##'));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/**
 * @param {Entry[]} entries
 * @returns {[string, Entry[]][]}
 */
function partsOf(entries) {
  /** @type {Map<string, Entry[]>} */
  const parts = new Map(PARTS.map(([, title]) => [title, []]));
  const helpers = entries.filter(({ isExported }) => !isExported);
  const names = entries.filter(({ isExported }) => isExported);
  /** @type {[string, Entry[]][]} */
  const last = helpers.length > 0 ? [[HELPERS, helpers]] : [];
  for (const entry of names) {
    const title = PARTS.find(([folder]) => entry.file.startsWith(folder))?.[1];
    if (!title) return [['Names', names], ...last];
    parts.get(title)?.push(entry);
  }
  return [...parts, ...last].filter(([, members]) => members.length > 0);
}

/**
 * @param {Entry} entry
 * @param {string} mark
 */
function section(entry, mark) {
  const lines = [`${mark} ${entry.name}`, ''];
  if (entry.kind === 'interface') lines.push(...code(interfaceText(entry)));
  else if (entry.kind === 'class') lines.push(...code(classHead(entry)));
  else lines.push(...code(entry.signature));
  lines.push(...docLines(entry.doc, ''));
  if (entry.kind === 'class') {
    const shown = entry.members.filter(({ kind, name }) => kind !== 'constructor' && !name.startsWith('['));
    for (const member of [...shown].sort((a, b) => rank(a) - rank(b))) lines.push(...item(member));
    if (shown.length > 0) lines.push('');
  }
  return lines;
}

/** Fields, then accessors, then methods; statics first. @param {Member} member */
const rank = ({ kind, isStatic }) => (isStatic ? 0 : 3) + ['field', 'accessor', 'method'].indexOf(kind);

/** @param {Entry} entry */
function classHead(entry) {
  const made = entry.members.filter(({ kind }) => kind === 'constructor');
  if (made.length === 0) return entry.signature;
  return `${entry.signature} {\n${made.map(({ signature }) => `  ${wrapSignature(signature, '  ')};`).join('\n')}\n}`;
}

/** @param {Entry} entry */
function interfaceText(entry) {
  const body = entry.members.flatMap(({ signature, doc }) => {
    const text = [doc?.text, ...(doc?.throws ?? []).map((what) => `@throws ${what}`)]
      .filter(Boolean)
      .join('\n');
    const comment = text.includes('\n')
      ? ['  /**', ...text.split('\n').map((line) => `   * ${line}`), '   */']
      : text
        ? [`  /** ${text} */`]
        : [];
    return [...comment, `  ${wrapSignature(signature, '  ')};`];
  });
  return [`${entry.signature} {`, ...body, '}'].join('\n');
}

/** @param {Member} member */
function item(member) {
  const lines = [`- \`${member.signature}\``];
  if (member.doc) {
    const [first = '', ...rest] = docLines(member.doc, '  ');
    lines[0] += member.doc.text ? `: ${first.trimStart()}` : '';
    lines.push(...(member.doc.text ? rest : [first, ...rest]));
  } else if (member.inheritedFrom) lines[0] += `: as ${member.inheritedFrom} says`;
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * @param {Doc | null} doc
 * @param {string} indent
 */
function docLines(doc, indent) {
  if (!doc) return [];
  const lines = [];
  for (const line of doc.text.split('\n')) lines.push(line ? indent + escapeProse(line) : '');
  lines.push('');
  for (const { name, text } of doc.params)
    lines.push(`${indent}- \`${name}\`: ${escapeProse(text.replace(/\s+/g, ' '))}`);
  if (doc.returns) lines.push(`${indent}- Returns ${escapeProse(doc.returns.replace(/\s+/g, ' '))}`);
  for (const text of doc.throws) lines.push(`${indent}- Throws ${escapeProse(text)}`);
  if (lines.at(-1) !== '') lines.push('');
  return doc.text ? lines : lines.slice(lines.findIndex((line) => line !== ''));
}

/** @param {string} text */
const code = (text) => [
  '```ts',
  text
    .split('\n')
    .map((line) => wrapSignature(line, ''))
    .join('\n'),
  '```',
  '',
];

/**
 * A long signature with a parameter a line.
 * @param {string} text
 * @param {string} indent
 */
function wrapSignature(text, indent) {
  if (text.length + indent.length <= 100 || text.includes('\n')) return text;
  const open = text.indexOf('(');
  if (open < 0) return text;
  let depth = 0;
  let close = open;
  /** @type {number[]} */
  const cuts = [];
  for (let i = open; i < text.length; i++) {
    const letter = text[i] ?? '';
    if ('([{'.includes(letter) || (letter === '<' && /\w/.test(text[i - 1] ?? ''))) depth++;
    else if (')]}'.includes(letter) || (letter === '>' && text[i - 1] !== '=')) depth--;
    else if (letter === ',' && depth === 1) cuts.push(i);
    if (depth === 0) {
      close = i;
      break;
    }
  }
  const starts = [open + 1, ...cuts.map((cut) => cut + 1)];
  const parameters = starts.map((from, i) => text.slice(from, cuts[i] ?? close).trim());
  if (parameters.length === 1 && parameters[0] === '') return text;
  const inner = parameters.map((one) => `${indent}  ${one},`).join('\n');
  return `${text.slice(0, open + 1)}\n${inner}\n${indent}${text.slice(close)}`;
}
