// Runs inside the sandboxed frame: receives code, runs it, and sends what it shows. It is bundled with the library by
// web/playground-plugin.ts; the frame has no access to the app's files.
import * as core from 'feathergrad';
import * as data from 'feathergrad/data';
import * as faces from 'feathergrad/faces';
import * as formats from 'feathergrad/formats';
import * as models from 'feathergrad/models';
import type { FromSandbox, ImportUse, Problem, ToSandbox } from './messages.ts';
import { type ShowOptions, showValue, textOf } from './show.ts';

declare global {
  var feathergradPort: MessagePort;
  var feathergradModules: Record<string, Record<string, unknown>>;
  var __guard: () => void;
}

/** Milliseconds that code may run without giving the browser a turn. */
const LONGEST_TURN = 8000;

const MODULES: Record<string, Record<string, unknown>> = {
  feathergrad: core,
  'feathergrad/data': data,
  'feathergrad/faces': faces,
  'feathergrad/formats': formats,
  'feathergrad/models': models,
};
const port = globalThis.feathergradPort;
const send = (message: FromSandbox): void => port.postMessage(message);
const pending = new Set<Promise<unknown>>();
const problems: Problem[] = [];
let userUrl = '';

/** The bare names import these modules, since an import map sends them to a blob that has the same exports. */
function publishModules(): void {
  globalThis.feathergradModules = MODULES;
  const imports = Object.fromEntries(
    Object.entries(MODULES).map(([name, module]) => {
      const names = Object.keys(module).filter((one) => one !== 'default');
      const text = `export const { ${names.join(', ')} } = feathergradModules[${JSON.stringify(name)}];`;
      return [name, blobUrl(text)];
    }),
  );
  const map = document.createElement('script');
  map.type = 'importmap';
  map.textContent = JSON.stringify({ imports });
  document.head.append(map);
}

const blobUrl = (text: string): string => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));

function problemOf(error: unknown): Problem {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const place = new RegExp(`(?:main\\.ts|${userUrl || '^'}):(\\d+)`).exec(stack);
  return { file: 'main.ts', message: textOf(error), line: place ? Number(place[1]) : null };
}

/** Returns the imports that do not exist, with the nearest name that does. */
function wrongImports(imports: readonly ImportUse[]): Problem[] {
  const wrong: Problem[] = [];
  const add = (line: number, message: string) => wrong.push({ file: 'main.ts', message, line });
  for (const { module, line, names } of imports) {
    const exports = MODULES[module];
    if (module === 'feathergrad/node') {
      add(
        line,
        'feathergrad/node needs Node. Import createDevice from feathergrad; the downloaded file uses Node’s.',
      );
    } else if (!exports) {
      add(
        line,
        `There is no module “${module}” here. The playground has ${Object.keys(MODULES).join(', ')}.`,
      );
    } else {
      for (const { name, line } of names) {
        if (name in exports) continue;
        const same = Object.keys(exports).find((one) => one.toLowerCase() === name.toLowerCase());
        const elsewhere = Object.keys(MODULES).find((other) => name in (MODULES[other] ?? {}));
        const advice = same ? ` Did you mean ${same}?` : elsewhere ? ` Import it from ${elsewhere}.` : '';
        add(line, `${module} has no export “${name}”.${advice}`);
      }
    }
  }
  return wrong;
}

let lastTurn = performance.now();
let calls = 0;
let isStopped = false;
globalThis.__guard = () => {
  if (!isStopped && (++calls & 63) === 0 && performance.now() - lastTurn > LONGEST_TURN) isStopped = true;
  if (!isStopped) return;
  throw new Error(
    `This loop ran for ${LONGEST_TURN / 1000} s without a pause and was stopped. Check its condition. ` +
      'If it is meant to run long, await something in it, such as the value of a tensor.',
  );
};

/** Makes console and show() send their output to the page. */
function connectOutput(): void {
  const print =
    (isProblem: boolean) =>
    (...values: unknown[]) => {
      const text = values.map(textOf).join(' ');
      send({ kind: 'output', output: { kind: 'text', text, isProblem } });
    };
  console.log = console.info = console.debug = print(false);
  console.warn = console.error = print(true);
  globalThis.show = (value: unknown, options: ShowOptions = {}) => {
    const shown = showValue(value, options, (output) => send({ kind: 'output', output }));
    pending.add(shown);
    shown.finally(() => pending.delete(shown)).catch(() => {}); // reported to the caller, or at the end
    return shown;
  };
}

const requests = new Map<string, ((bytes: ArrayBuffer | null) => void)[]>();

/** The frame has no network. Requests for the weights that come with feathergrad are answered by the page. */
function connectWeights(): void {
  globalThis.fetch = async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    const name = /^https:\/\/feathergrad\.invalid\/.*?([\w-]+\.safetensors)$/.exec(url)?.[1];
    if (!name) throw new TypeError(`fetch: the playground has no access to the network (got ${url}).`);
    const bytes = await new Promise<ArrayBuffer | null>((resolve) => {
      requests.set(name, [...(requests.get(name) ?? []), resolve]);
      send({ kind: 'file', name });
    });
    return bytes ? new Response(bytes) : new Response(null, { status: 404 });
  };
}

/** Compiles the kernel of the second tab, to find the lines of its errors. */
async function kernelProblems(wgsl: string): Promise<Problem[]> {
  const adapter = wgsl.trim() ? await navigator.gpu?.requestAdapter() : null;
  const gpu = await adapter?.requestDevice();
  if (!gpu) return [];
  gpu.pushErrorScope('validation');
  const module = gpu.createShaderModule({ code: wgsl });
  const [info] = await Promise.all([module.getCompilationInfo(), gpu.popErrorScope()]);
  gpu.destroy();
  return info.messages
    .filter(({ type }) => type === 'error')
    .map(({ message, lineNum }) => ({ file: 'kernel.wgsl', message, line: lineNum }));
}

async function run({ code, imports, wgsl }: ToSandbox & { kind: 'run' }): Promise<void> {
  const started = performance.now();
  try {
    problems.push(...wrongImports(imports));
    if (problems.length === 0) {
      userUrl = blobUrl(`${code}\n//# sourceURL=main.ts`);
      lastTurn = performance.now();
      await import(userUrl);
      await Promise.all(pending);
    }
  } catch (error) {
    const inKernel = await kernelProblems(wgsl).catch(() => []);
    problems.push(...(inKernel.length > 0 ? inKernel : [problemOf(error)]));
  }
  send({ kind: 'end', milliseconds: performance.now() - started, problems });
}

addEventListener('error', ({ error, message }) => problems.push(problemOf(error ?? message)));
addEventListener('unhandledrejection', ({ reason }) => problems.push(problemOf(reason)));
setInterval(() => {
  lastTurn = performance.now();
}, 50);
setInterval(() => send({ kind: 'beat' }), 500);
publishModules();
connectOutput();
connectWeights();
port.onmessage = ({ data }: MessageEvent<ToSandbox>) => {
  if (data.kind === 'run') void run(data);
  else {
    for (const resolve of requests.get(data.name) ?? []) resolve(data.bytes);
    requests.delete(data.name);
  }
};
