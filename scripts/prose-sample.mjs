// `node scripts/prose-sample.mjs [--count 200] [--seed 1] [--only docs,comments,strings]`: draws random sentences of
// the project's prose (Markdown, comments, docstrings, messages) for a reader to judge. The same seed and sources give
// the same sample.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ts } from 'ts-morph';
import { mulberry32 } from './mulberry32.mjs';
import { root } from './run.mjs';

/**
 * @typedef {'docs' | 'comments' | 'strings'} Kind
 * @typedef {{ kind: Kind, file: string, line: number, text: string }} Piece
 */

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'docs,comments,strings' },
  },
});

const kinds = values.only.split(',');
const pieces = trackedFiles()
  .flatMap(piecesOf)
  .filter(({ kind }) => kinds.includes(kind));
const random = mulberry32(Number(values.seed));
const drawn = [];
for (let left = Math.min(Number(values.count), pieces.length); left > 0; left--) {
  drawn.push(...pieces.splice(Math.floor(random() * pieces.length), 1));
}
drawn.forEach(({ kind, file, line, text }, i) => {
  console.log(`${i + 1}. [${kind}] ${file}:${line}\n   ${text.replace(/\s+/g, ' ')}`);
});

/** Returns the files with handwritten prose; generated pages only repeat docstrings. */
function trackedFiles() {
  const list = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  return list.filter(
    (file) =>
      /\.(ts|tsx|mjs|wgsl|md)$/.test(file) &&
      !/^docs\/(api\/|kernels\.md|commands\.md)|^tests\/|\/tests\//.test(file),
  );
}

/**
 * @param {string} file
 * @returns {Piece[]}
 */
function piecesOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  switch (extname(file)) {
    case '.md':
      return markdownPieces(file, text);
    case '.wgsl':
      return commentBlocks(file, text);
    default:
      return codePieces(file, text);
  }
}

/**
 * Returns paragraphs, list items and table rows, without code.
 * @param {string} file
 * @param {string} text
 * @returns {Piece[]}
 */
function markdownPieces(file, text) {
  const prose = text.replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, ''));
  /** @type {Piece[]} */
  const found = [];
  let line = 1;
  for (const block of prose.split(/\n(?=\n|- |\d+\. |\| |#)/)) {
    const body = block.trim();
    if (isProse(body)) found.push({ kind: 'docs', file, line, text: body });
    line += block.split('\n').length;
  }
  return found;
}

/**
 * Returns blocks of `//` lines.
 * @param {string} file
 * @param {string} text
 * @returns {Piece[]}
 */
function commentBlocks(file, text) {
  /** @type {Piece[]} */
  const found = [];
  for (const match of text.matchAll(/(?:^[ \t]*\/\/.*\n?)+/gm)) {
    const line = text.slice(0, match.index).split('\n').length;
    for (const part of match[0].split(/\n[ \t]*\/\/[ \t]*\n/)) {
      const body = part.replace(/^[ \t]*\/\/ ?/gm, '').trim();
      if (isProse(body)) found.push({ kind: 'comments', file, line, text: body });
    }
  }
  return found;
}

/**
 * Returns comments and string literals of TypeScript or JavaScript.
 * @param {string} file
 * @param {string} text
 * @returns {Piece[]}
 */
function codePieces(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {Map<number, Piece>} */
  const found = new Map();
  /** @type {(kind: Kind, position: number, body: string) => void} */
  const add = (kind, position, body) => {
    if (!isProse(body)) return;
    const line = source.getLineAndCharacterOfPosition(position).line + 1;
    found.set(position, { kind, file, line, text: body });
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    for (const range of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []) {
      const body = text
        .slice(range.pos, range.end)
        .replace(/^\/\*\*?|\*\/$/g, '')
        .replace(/^[ \t]*(\*|\/\/) ?/gm, '');
      add('comments', range.pos, body.trim());
    }
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isJsxText(node)) {
      add('strings', node.getStart(), node.text.trim());
    } else if (ts.isTemplateExpression(node)) add('strings', node.getStart(), node.getText());
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found.values()];
}

/** @param {string} text */
function isProse(text) {
  return (text.match(/\p{L}{2,}/gu) ?? []).length >= 4 && / /.test(text) && !/^import\(/.test(text);
}
