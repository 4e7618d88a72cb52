import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { CompileError, compileForNode, compileForSandbox } from '../src/playground/compile.ts';
import { decodeProgram, encodeProgram } from '../src/playground/share.ts';
import { PATIENCE, type Visit, visit } from './site.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const parts = (page: Page) => ({
  output: page.getByTestId('output'),
  problems: page.getByTestId('problems'),
  status: page.getByTestId('status'),
  run: page.getByRole('button', { name: 'Run', exact: true }),
});

/** Opens a program by its link and runs it. */
async function runProgram({ page, go }: Visit, code: string, wgsl = ''): Promise<void> {
  await go(`playground?code=${await encodeProgram({ code, wgsl })}`);
  const [firstLine = ''] = code.split('\n');
  await page.getByRole('textbox', { name: 'Program: TypeScript' }).filter({ hasText: firstLine }).waitFor();
  await parts(page).run.click();
}

const finished = (page: Page, how: RegExp) =>
  parts(page).status.filter({ hasText: how }).waitFor({ timeout: PATIENCE });

test(
  'an example runs, and mistakes are named with their line',
  async () => {
    const opened = await visit();
    const { page, go, strays, errors } = opened;
    const { output, problems, run } = parts(page);
    let bytes = 0;
    const count = async (response: Awaited<ReturnType<Page['waitForResponse']>>) => {
      if (response.ok() && /\.(js|css)$/.test(new URL(response.url()).pathname))
        bytes += gzipSync(await response.body()).length;
    };
    page.on('response', count);
    await go('playground');
    await page
      .getByRole('textbox', { name: 'Program: TypeScript' })
      .filter({ hasText: 'First tensor' })
      .waitFor();
    await page.waitForLoadState('networkidle');
    page.off('response', count);
    expect(bytes, 'code of the page with its editor, gzipped').toBeLessThan(200_000);

    await run.click();
    await finished(page, /Finished in/);
    expect(await output.getByRole('table').count()).toBe(2);
    expect(await output.textContent()).toContain('This code runs on');
    expect(await output.getByRole('table').last().textContent()).toBe('2510172637');

    await page.getByLabel('Example').selectOption('own-op');
    await page.waitForURL(/example=own-op/);
    await page
      .getByRole('textbox', { name: 'Program: TypeScript' })
      .filter({ hasText: 'differentiable' })
      .waitFor();
    await run.click();
    await finished(page, /Finished in/);
    expect(await output.textContent()).toContain('The gradient is correct: 20 slopes were compared.');

    // a mistake in the kernel, in the second tab
    await page.getByText('kernel.wgsl', { exact: true }).first().click();
    const kernel = page.getByRole('textbox', { name: 'Kernel: WGSL' });
    await kernel.press('Control+Home');
    await kernel.pressSequentially('\nfn broken( {\n');
    await kernel.press('Control+Enter');
    await problems.filter({ hasText: 'kernel.wgsl, line 2' }).waitFor({ timeout: PATIENCE });
    expect(await page.locator('.cm-error:visible').first().textContent()).toContain('fn broken(');

    await runProgram(opened, "import { tensor, ad } from 'feathergrad';\nconsole.log(ad);");
    await problems.filter({ hasText: /line 1.*feathergrad has no export “ad”/ }).waitFor();
    await runProgram(opened, 'const a: number = 1;\nconst b = = a;');
    await problems.filter({ hasText: /line 2.*SyntaxError/ }).waitFor();
    await runProgram(
      opened,
      "import { add, createDevice, tensor } from 'feathergrad';\n\nconst device = await createDevice();\nadd(tensor(device, [1, 2]), tensor(device, [1, 2, 3]));",
    );
    await problems.filter({ hasText: /line 4.*ShapeError/ }).waitFor({ timeout: PATIENCE });
    expect(await page.locator('.cm-error:visible').first().textContent()).toContain('add(tensor');

    await runProgram(opened, 'let turns = 0;\nwhile (turns >= 0) turns++;');
    await problems.filter({ hasText: /line 2.*ran for 8 s without a pause/ }).waitFor({ timeout: PATIENCE });
    await runProgram(opened, "console.log('waiting');\nawait new Promise(() => {});");
    await output.filter({ hasText: 'waiting' }).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await finished(page, /^Stopped$/);
    expect(await page.locator('iframe').count()).toBe(0);
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'the code sees nothing of the app and has no network, but gets the shipped weights',
  async () => {
    const opened = await visit();
    const { page } = opened;
    const { output } = parts(page);
    const attempts = {
      storage: 'localStorage.length',
      database:
        "await new Promise((yes, no) => { const r = indexedDB.open('feathergrad'); r.onsuccess = yes; r.onerror = no; })",
      page: 'parent.document.title',
      network: "await fetch('./index.html')",
      request:
        "await new Promise((yes, no) => { const r = new XMLHttpRequest(); r.open('GET', 'https://example.com'); r.onload = yes; r.onerror = no; r.send(); })",
      evaluation: "eval('1')",
    };
    const code = Object.entries(attempts).map(
      ([name, text]) =>
        `try { ${text}; console.log('${name}: allowed'); } catch { console.log('${name}: refused'); }`,
    );
    await runProgram(opened, code.join('\n'));
    await finished(page, /Finished/);
    const said = (await output.textContent()) ?? '';
    expect(said.split('\n')).toEqual(Object.keys(attempts).map((name) => `${name}: refused`));

    await runProgram(
      opened,
      "import { createDevice, FerMobileNetV3 } from 'feathergrad';\nconst model = await FerMobileNetV3.pretrained(await createDevice());\nconsole.log(model.parameterCount());",
    );
    await output.filter({ hasText: /^1297733$/ }).waitFor({ timeout: PATIENCE });

    // opened by itself, the sandbox's page runs nothing
    await page.goto(page.url().replace(/#.*/, 'sandbox.html'));
    await page.evaluate(() => {
      const { port2 } = new MessageChannel();
      postMessage('globalThis.hasRun = true', '*', [port2]);
    });
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => 'hasRun' in globalThis)).toBe(false);
  },
  2 * PATIENCE,
);

test(
  'a live chart, saved programs, a link and a file for Node; accessible at every width',
  async () => {
    const opened = await visit({ context: { permissions: ['clipboard-read', 'clipboard-write'] } });
    const { page, go, errors } = opened;
    const { output, run } = parts(page);
    await go('playground?example=schedules');
    const editor = page.getByRole('textbox', { name: 'Program: TypeScript' });
    await editor.filter({ hasText: 'oneCycle' }).waitFor();
    await run.click();
    await finished(page, /Finished/);
    await output.getByRole('heading', { name: 'Learning rate by epoch' }).waitFor();
    expect(await output.locator('canvas').count()).toBe(1);

    await page.addScriptTag({ path: axeFile }).catch(async () => {
      await page.evaluate(await readFile(axeFile, 'utf8')); // the policy forbids inline scripts
    });
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        const { violations } = await axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      });
      expect(found, scheme).toEqual([]);
    }
    for (const width of [390, 820, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(widths[0], `at ${width}`).toBe(width);
    }

    await page.getByLabel('Name of the program').fill('my rates');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Rename my rates' }).click();
    await page.getByLabel('New name of my rates').fill('rates');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await page.getByRole('button', { name: 'rates', exact: true }).waitFor();
    await editor.press('Control+Home');
    await editor.pressSequentially('// changed\n');
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('button', { name: 'Link copied' }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await page.reload(); // the draft is kept
    await editor.filter({ hasText: '// changed' }).waitFor();
    await page.getByRole('button', { name: 'rates', exact: true }).click();
    await editor.filter({ hasNotText: '// changed' }).waitFor();
    await page.goto(link);
    await editor.filter({ hasText: '// changed' }).waitFor();
    await page.getByRole('button', { name: 'Delete rates' }).click();
    await page.getByRole('button', { name: 'Delete rates for good' }).click();
    await expect.poll(() => page.getByTestId('saved').count()).toBe(0);

    await go('playground?example=own-op');
    await editor.filter({ hasText: 'differentiable' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download for Node' }).click(),
    ]);
    await mkdir(join(root, 'runs'), { recursive: true });
    const folder = await mkdtemp(join(root, 'runs/playground-')); // inside the package, whose name it imports
    try {
      const file = join(folder, download.suggestedFilename());
      await download.saveAs(file);
      const { stdout, status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      expect(stdout).toContain('The gradient is correct: 20 slopes were compared.');
      expect(stdout).toContain('Slope at −4, −2, −1, 0, 1, 2, 4 f32 [7]');
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);

test('compilation keeps lines, guards every loop and includes the kernel', () => {
  const source = [
    'import {',
    '  add as plus,',
    '  type Tensor,',
    "} from 'feathergrad';",
    "import kernel from './kernel.wgsl';",
    'interface Unused { a: number }',
    'for (let i = 0; i < 3; i++) plus(i as never, 1);',
    'do { kernel; } while (false);',
    'outer: for (const x of [1]) while (x) break outer;',
    'throw new Error();',
  ].join('\n');
  const { code, imports } = compileForSandbox(source, 'line 1\n"line 2"');
  const lines = code.split('\n');
  expect(lines).toHaveLength(10);
  expect(lines[4]).toBe('const kernel = "line 1\\n\\"line 2\\"";');
  expect(lines[6]).toBe('for (let i = 0; i < 3; i++) {__guard();plus(i , 1);}');
  expect(lines[8]).toBe('outer: for (const x of [1]) {__guard();while (x) {__guard();break outer;}}');
  expect(lines[9]).toBe('throw new Error();');
  expect(imports).toEqual([{ module: 'feathergrad', line: 1, names: [{ name: 'add', line: 2 }] }]);
  for (const [wrong, line] of [
    ['let a = 1;\nlet a = 2;', 2],
    ['\n\nconst = 3', 3],
    ["import { x } from './kernel.wgsl';\nx;", 1],
    ["import * as all from './kernel.wgsl';\nall;", 1],
  ] as const) {
    const attempt = () => compileForSandbox(wrong, '');
    expect(attempt, wrong).toThrow(CompileError);
    try {
      attempt();
    } catch (error) {
      expect((error as CompileError).problem.line, wrong).toBe(line);
    }
  }
  const node = compileForNode(
    "import { add, createDevice as open } from 'feathergrad';\nadd(await open());",
    '',
  );
  expect(node.split('\n')[0]).toBe(
    "import { add } from 'feathergrad'; import { createDevice as open } from 'feathergrad/node';",
  );
});

test('a program survives its link, and a damaged link is an error', async () => {
  const program = { code: 'show("ü", {});\n'.repeat(50), wgsl: '// 1 < 2' };
  const text = await encodeProgram(program);
  expect(text).toMatch(/^[\w-]+$/);
  expect(text.length).toBeLessThan(200);
  expect(await decodeProgram(text)).toEqual(program);
  for (const wrong of [
    '',
    '%%%',
    text.slice(0, -8),
    await encodeProgram({ code: 'x'.repeat(2e6), wgsl: '' }),
  ]) {
    await expect(decodeProgram(wrong)).rejects.toThrow('does not contain a complete program');
  }
});
