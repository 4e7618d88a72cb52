// Formats the TypeScript blocks of a Markdown page with the project's formatter.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../run.mjs';

const BLOCK = /(?<=^```ts\n)[\s\S]*?(?=\n```$)/gm;
/** Line between two blocks, which are formatted as one file. */
const MARK = '\n// ---- next block ----\n';

/**
 * @param {string} markdown
 * @returns {string} the page with all blocks formatted; a block that is not valid TypeScript is an error
 */
export function formatCode(markdown) {
  const blocks = markdown.match(BLOCK) ?? [];
  const manifest = createRequire(join(root, 'package.json')).resolve('@biomejs/biome/package.json');
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [join(dirname(manifest), 'bin/biome'), 'format', '--stdin-file-path=page.d.ts', '--line-width=100'],
    { cwd: root, input: blocks.join(MARK), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (error || status !== 0) throw new Error(`The code of a page could not be formatted: ${error ?? stderr}`);
  const formatted = stdout.split(MARK.trim()).map((block) => block.trim());
  if (formatted.length !== blocks.length)
    throw new Error(`Got ${formatted.length} formatted blocks, expected ${blocks.length}`);
  return markdown.replace(BLOCK, () => formatted.shift() ?? '');
}
