// Output of runs: separate folders, locks, checkpoints that survive a crash, and full disks.
import { spawn, spawnSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild'; // before chdir: it keeps the working directory at its import for every later build
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { outputPath, replaceFile, writeOutput } from '../../src/cli/shared/write-file.ts';
import { CheckpointFolder, readCheckpoint } from '../../src/cli/train/checkpoint-folder.ts';
import { RunFolder } from '../../src/cli/train/run-folder.ts';
import { RunLock } from '../../src/cli/train/run-lock.ts';

const bytes = new TextEncoder().encode('weights');
const home = process.cwd();
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'feathergrad-runs-'));
  process.chdir(root);
});
afterAll(async () => {
  process.chdir(home);
  await rm(root, { recursive: true, force: true });
});

describe('RunFolder', () => {
  const open: RunFolder[] = [];
  const create = async (options: Parameters<typeof RunFolder.create>[0]) => {
    const folder = await RunFolder.create(options);
    open.push(folder);
    return folder;
  };
  afterEach(async () => {
    for (const folder of open.splice(0)) await folder.close();
  });
  const now = new Date(2027, 0, 31, 14, 5, 9);

  test('runs that start in the same second, or after the clock was set back, have separate folders', async () => {
    const folders = await Promise.all([create({ now }), create({ now }), create({ now })]);
    const names = folders.map(({ path }) => path.slice(root.length + 1)).sort();
    expect(names).toEqual([
      'runs/2027-01-31_14-05-09',
      'runs/2027-01-31_14-05-09-2',
      'runs/2027-01-31_14-05-09-3',
    ]);
    await writeFile(join(folders[0]!.path, 'weights.safetensors'), bytes);
    await folders[0]!.close();
    expect((await create({ now })).path).not.toBe(folders[0]!.path);
  });

  test('created folders that stay empty are removed, existing ones are kept', async () => {
    const folder = await RunFolder.create({ chosen: 'a/b/c' });
    expect(await readdir(folder.path)).toEqual(['run.lock']);
    await folder.close();
    await expect(lstat('a')).rejects.toThrow('ENOENT');
    await mkdir('there');
    await (await RunFolder.create({ chosen: 'there' })).close();
    expect(await readdir('there')).toEqual([]);
  });

  test.each(['weights.safetensors', 'checkpoint.safetensors', 'checkpoint.previous.safetensors'])(
    '--out of a run that has %s needs --force or --resume',
    async (name) => {
      await mkdir('old', { recursive: true });
      await writeFile(`old/${name}`, bytes);
      await expect(RunFolder.create({ chosen: 'old' })).rejects.toThrow(
        new RegExp(
          `--out: .*old already contains a run \\(.*${name}.*\\)\\. Add --force .* --resume .*old, or`,
        ),
      );
      expect(await readFile(`old/${name}`)).toEqual(Buffer.from(bytes));
      await (await create({ chosen: undefined, resumed: 'old' })).close();
      await (await create({ chosen: 'old', resumed: 'old' })).close();
      await mkdir('other', { recursive: true });
      await expect(RunFolder.create({ chosen: 'old', resumed: 'other' })).rejects.toThrow('contains a run');
      const forced = await create({ chosen: 'old', force: true });
      expect(await readdir('old')).toContain(name); // until training begins
      await forced.clear();
      expect(await readdir('old')).toEqual(['run.lock']);
    },
  );

  test('a folder with other files is not a run', async () => {
    await mkdir('mine', { recursive: true });
    await writeFile('mine/notes.txt', bytes);
    await create({ chosen: 'mine' });
    expect(await readdir('mine')).toContain('notes.txt');
  });

  test('a folder that cannot be created is an error with the reason', async () => {
    await writeFile('file', bytes);
    // in /proc, Node's recursive mkdir never returns
    const others = process.platform === 'linux' ? ['/proc/feathergrad/run'] : [];
    for (const chosen of ['file', 'file/run', 'n'.repeat(300), ...others]) {
      await expect(RunFolder.create({ chosen })).rejects.toThrow(/cannot be written to: .*--out\.$/);
    }
  });
});

describe('RunLock', () => {
  test('a second run in one folder is rejected while the first is running', async () => {
    await mkdir('locked');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const holder = { pid: child.pid, host: hostname(), started: '2027-01-31T14:05:09.000Z' };
    await writeFile('locked/run.lock', JSON.stringify(holder));
    await expect(RunLock.acquire('locked')).rejects.toThrow(
      new RegExp(
        `locked is in use by another feathergrad train \\(process ${child.pid} on .*\\)\\. .*delete`,
      ),
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await ended;
    const lock = await RunLock.acquire('locked'); // of a process that has ended
    expect(JSON.parse(await readFile('locked/run.lock', 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await readdir('locked')).toEqual([]);
  });

  test.each(['', 'nonsense', '{}', '{"pid":"x"}'])('a lock that contains %j is taken over', async (text) => {
    await mkdir('broken', { recursive: true });
    await writeFile('broken/run.lock', text);
    await (await RunLock.acquire('broken')).release();
  });

  test('of two runs that start at the same time, the second waits until the lock of the first is complete', async () => {
    await mkdir('together');
    await writeFile('together/run.lock.next', ''); // another process is about to lock the folder
    const second = RunLock.acquire('together');
    const holder = { pid: process.ppid, host: hostname(), started: '2027-01-31T14:05:09.000Z' };
    await writeFile('together/run.lock', JSON.stringify(holder));
    await rm('together/run.lock.next');
    await expect(second).rejects.toThrow(
      `together is in use by another feathergrad train (process ${process.ppid} on`,
    );
    expect(await readdir('together')).toEqual(['run.lock']);
    await writeFile('together/run.lock.next', '');
    await expect(RunLock.acquire('together')).rejects.toThrow(
      /If no such process exists, delete .*run\.lock\.next\./,
    );
  });

  test('the lock of another computer is respected', async () => {
    await mkdir('shared');
    await writeFile('shared/run.lock', JSON.stringify({ pid: 1, host: 'elsewhere', started: 'now' }));
    await expect(RunLock.acquire('shared')).rejects.toThrow(/process 1 on elsewhere/);
  });
});

describe('checkpoints', () => {
  test('a full disk: the file, the reason and advice; the previous checkpoint is kept', async () => {
    await mkdir('full');
    const folder = new CheckpointFolder('full');
    await symlink('/dev/full', 'full/checkpoint.tmp');
    await expect(folder.write(bytes)).rejects.toThrow(
      /^full.checkpoint\.safetensors cannot be written: .*(ENOSPC|EINVAL).*\. Make room or choose/,
    );
    await folder.write(bytes);
    await symlink('/dev/full', 'full/checkpoint.tmp');
    await expect(folder.write(bytes)).rejects.toThrow(
      /no space left on the device \(ENOSPC\)\. The previous checkpoint is complete: make room, then run npx feathergrad train --resume full\.$/,
    );
    expect(await readdir('full')).toEqual(['checkpoint.safetensors']);
  });

  test.each([
    ['nowhere', /--resume: nowhere does not exist/],
    ['empty', /--resume: empty contains no checkpoint \(checkpoint\.safetensors\)\. Pass the folder/],
    ['done', /this run has ended \(its weights are in weights\.safetensors\)/],
    ['torn', /torn.checkpoint\.safetensors is .*\nThe previous checkpoint exists: --resume .*previous/],
    ['cut', /cut.checkpoint\.previous\.safetensors is /], // the newest is missing: the one before it was read
  ])('--resume %s', async (path, message) => {
    for (const [folder, files] of [
      ['empty', []],
      ['done', ['weights.safetensors']],
      ['torn', ['checkpoint.safetensors', 'checkpoint.previous.safetensors']],
      ['cut', ['checkpoint.previous.safetensors', 'checkpoint.tmp']],
    ] as const) {
      await mkdir(folder, { recursive: true });
      for (const name of files) await writeFile(join(folder, name), bytes);
    }
    await expect(readCheckpoint(path)).rejects.toThrow(message);
  });
});

describe('files that are written', () => {
  test('a full disk keeps the old file and no part of the new one', async () => {
    await writeFile('kept.onnx', 'old');
    await symlink('/dev/full', 'kept.onnx.tmp');
    await expect(replaceFile('kept.onnx', bytes)).rejects.toThrow(
      'kept.onnx cannot be written: no space left on the device (ENOSPC). Make room or choose another path.',
    );
    expect(await readFile('kept.onnx', 'utf8')).toBe('old');
    await expect(lstat('kept.onnx.tmp')).rejects.toThrow('ENOENT');
  });

  test('--out: files need --force, links are resolved, devices are written to, folders are rejected', async () => {
    await writeFile('out.pth', 'old');
    await symlink('out.pth', 'link.pth');
    await symlink('missing.pth', 'dangling.pth');
    await expect(outputPath('out.pth', false)).rejects.toThrow('--out: out.pth exists. Add --force');
    await expect(outputPath('link.pth', false)).rejects.toThrow('--out: link.pth exists. Add --force');
    await expect(outputPath('dangling.pth', true)).rejects.toThrow(/link to a file that does not exist/);
    await expect(outputPath('.', true)).rejects.toThrow('--out: . is a folder');
    expect(await outputPath('new.pth', false)).toBe('new.pth');
    await writeOutput(await outputPath('link.pth', true), bytes);
    expect((await lstat('link.pth')).isSymbolicLink()).toBe(true);
    expect(await readFile('out.pth', 'utf8')).toBe('weights');
    await symlink('/dev/null', 'null.pth');
    await writeOutput(await outputPath('null.pth', false), bytes);
    expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
    await expect(writeOutput(await outputPath('/dev/full', true), bytes)).rejects.toThrow('ENOSPC');
    expect((await lstat('/dev/full')).isCharacterDevice()).toBe(true);
  });
});

describe('the output of a command', () => {
  const program = (source: string) =>
    `import { watchOutput } from '${home}/src/cli/shared/watch-output.ts'; watchOutput(); ${source}`;
  const run = (command: string) => spawnSync('bash', ['-o', 'pipefail', '-c', command], { encoding: 'utf8' });

  test('it ends silently if the reader closed it; a full disk is an error', async () => {
    await build({
      stdin: {
        contents: program(
          'const line = () => { process.stdout.write("line\\n".repeat(1000), () => setTimeout(line, 1)); }; line(); setTimeout(() => {}, 20000);',
        ),
        loader: 'ts',
        resolveDir: home,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(root, 'lines.mjs'),
    });
    const headed = run(`${process.execPath} lines.mjs | head -1`);
    expect([headed.stdout, headed.stderr]).toEqual(['line\n', '']);
    const full = run(`${process.execPath} lines.mjs > /dev/full`);
    expect([full.status, full.stderr]).toEqual([
      1,
      'error: standard output cannot be written: no space left on the device (ENOSPC).\n',
    ]);
  });
});
