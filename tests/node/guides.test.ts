// The snippets of each guide, as run by a reader: one Node program per guide, against the source. A comment after a
// console.log states the output.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { encode as encodePng } from 'fast-png';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wgslForBuild } from '../../scripts/wgsl-plugin.mjs';
import { blocksOf, missingLines, parseGuide, ROOT, readGuides } from '../support/guides.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const run = promisify(execFile);
const guides = await readGuides();
const ENTRIES = {
  feathergrad: 'src/index.ts',
  'feathergrad/node': 'src/node/index.ts',
  'feathergrad/data': 'src/data/index.ts',
  'feathergrad/faces': 'src/faces/index.ts',
  'feathergrad/formats': 'src/formats/index.ts',
  'feathergrad/models': 'src/models/index.ts',
};
let folder = '';

beforeAll(async () => {
  // inside the project, so that the programs find the packages webgpu and sharp
  await mkdir(join(ROOT, 'runs'), { recursive: true });
  folder = await mkdtemp(join(ROOT, 'runs/guides-'));
  for (const { name, program, pages } of guides) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, `${name}.ts`), `${program}\nexport {};\n`);
    for (const [i, page] of pages.entries()) {
      await writeFile(join(folder, `${name}.page-${i + 1}.ts`), `${page}\nexport {};\n`);
    }
  }
  // the README's programs are page code or train for minutes, so they are only type-checked
  const readme = blocksOf(await readFile(join(ROOT, 'README.md'), 'utf8'), 'ts');
  for (const [i, block] of readme.filter((text) => /^import /m.test(text)).entries()) {
    await writeFile(join(folder, `README.block-${i + 1}.ts`), block);
  }
  await build({
    entryPoints: guides.map(({ name }) => join(folder, `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['webgpu', 'sharp', 'onnxruntime-web'],
    // longest first, since an alias is also a prefix
    alias: Object.fromEntries(
      Object.entries(ENTRIES)
        .reverse()
        .map(([name, path]) => [name, join(ROOT, path)]),
    ),
    plugins: [wgslForBuild()],
    logLevel: 'silent',
  });
  // `pretrainedUrl()` is an address beside the built file
  await cp(join(ROOT, 'src/models/fer-mobilenetv3/weights'), join(folder, 'weights'), { recursive: true });
  await writePictures(join(folder, 'train-your-own/pictures'));
});

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The images of a reader: one subfolder per class. */
async function writePictures(at: string): Promise<void> {
  const { pictures, labels, classNames } = tinyPictures(80, { classes: 2 });
  for (const name of classNames) await mkdir(join(at, name), { recursive: true });
  for (const [i, { width, height, data }] of pictures.entries()) {
    const file = join(at, classNames[labels[i]!]!, `${i}.png`);
    await writeFile(file, encodePng({ width, height, data: Uint8Array.from(data), channels: 1, depth: 8 }));
  }
}

test('all guides and the README type-check, page-only code too', async () => {
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noUnusedLocals: false,
      paths: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, [join(ROOT, path)]])),
    },
    include: ['*.ts', join(ROOT, 'src/kernels/wgsl.d.ts')],
    exclude: [],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  // one with an error, so that a check that does nothing fails
  await writeFile(
    join(folder, 'wrong.ts'),
    "import { tensor } from 'feathergrad';\nexport const x: number = tensor;\n",
  );
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
  }).catch((error: { stdout: string }) => error);
  // errors in the sources are reported by `npm run check`
  expect(stdout.split('\n').filter((line) => /^[\w.-]+\.ts\(/.test(line))).toEqual([
    expect.stringMatching(/^wrong\.ts\(2,14\): error TS2322/),
  ]);
});

test.each(guides.filter(({ program }) => program).map((guide) => [guide.name, guide] as const))(
  '%s runs and prints the stated output',
  async (name, { printed }) => {
    expect(printed.length).toBeGreaterThan(0);
    const { stdout } = await run(process.execPath, [join(folder, `${name}.mjs`)], {
      cwd: join(folder, name),
      timeout: 50_000, // a program that does not end by itself is an error too
    });
    expect(missingLines(printed, stdout), stdout).toEqual([]);
  },
);

test('every guide has a snippet, and only few snippets do not run', () => {
  expect(guides.length).toBeGreaterThanOrEqual(10);
  for (const { name, program, pages } of guides) {
    // guides-page.test.ts runs the code of deploy.md in a browser
    expect(program !== '', name).toBe(name !== 'deploy');
    expect(pages.length, name).toBeLessThanOrEqual(4);
  }
});

test('a line that is missing or printed too early is detected', () => {
  const guide = parseGuide('x', '```ts\nconsole.log(1); // [ 1, … ]\nconsole.log(2); // b\n```\n');
  expect(guide.printed).toEqual(['[ 1, … ]', 'b']);
  expect(missingLines(guide.printed, 'a\n[ 1, 2 ]\nb\n')).toEqual([]);
  expect(missingLines(guide.printed, 'b\n[ 1, 2 ]\n')).toEqual(['b']);
  expect(missingLines(guide.printed, '[ 2, 2 ]\nb\n')).toEqual(['[ 1, … ]']);
});
