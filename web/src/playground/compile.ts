// From the reader's TypeScript to JavaScript that can run, with every line kept at its place.
import { type Node, parse, type Program as Tree } from 'acorn';
import { transform } from 'sucrase';
import type { ImportUse, Problem } from './sandbox/messages.ts';

/** The module specifier under which the code imports the second tab. */
export const KERNEL_FILE = './kernel.wgsl';

export interface Compiled {
  code: string;
  imports: ImportUse[];
}

/** Code with a mistake that was found before it ran. */
export class CompileError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'CompileError';
    this.problem = problem;
  }
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

/** A node of the syntax tree, whose other fields depend on its type. */
type AnyNode = Node & Record<string, unknown>;

const LOOPS = new Set([
  'WhileStatement',
  'DoWhileStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
]);

/**
 * Removes the types, includes the kernel and inserts `__guard()` at the start of every loop body, through which the
 * sandbox stops a loop that never waits.
 * @throws CompileError for a syntax error, with its line
 */
export function compileForSandbox(source: string, wgsl: string): Compiled {
  const { code, tree } = parsed(source);
  const { edits, imports } = importsOf(tree, code, wgsl);
  visit(tree as unknown as AnyNode, (node) => {
    if (!LOOPS.has(node.type)) return;
    const body = node.body as AnyNode;
    if (body.type === 'BlockStatement') {
      edits.push({ start: body.start + 1, end: body.start + 1, text: '__guard();' });
    } else {
      edits.push({ start: body.start, end: body.start, text: '{__guard();' });
      edits.push({ start: body.end, end: body.end, text: '}' });
    }
  });
  return { code: edited(code, edits), imports };
}

/**
 * Returns a module for Node: `createDevice` comes from `feathergrad/node`, and `show` prints.
 * @throws CompileError for a syntax error, with its line
 */
export function compileForNode(source: string, wgsl: string): string {
  const { code, tree } = parsed(source);
  const { edits } = importsOf(tree, code, wgsl);
  for (const { node, names } of importNodes(tree)) {
    const device = names.find(({ imported }) => imported === 'createDevice');
    if ((node.source as AnyNode).value !== 'feathergrad' || !device) continue;
    const others = names.filter((one) => one !== device);
    const list = (some: typeof names) =>
      some.map(({ imported, local }) => (imported === local ? local : `${imported} as ${local}`)).join(', ');
    const from = (some: typeof names, name: string) => `import { ${list(some)} } from '${name}';`;
    const text = [
      ...(others.length > 0 ? [from(others, 'feathergrad')] : []),
      from([device], 'feathergrad/node'),
    ].join(' ');
    edits.push({ start: node.start, end: node.end, text: text + linesIn(code, node) });
  }
  return `${edited(code, edits).trimEnd()}\n${NODE_FOOTER}`;
}

const NODE_FOOTER = `
process.exit(0); // also ends the threads of the GPU

/** Prints what the playground of the web app draws. */
async function show(value, { title = '' } = {}) {
  const isTensor = typeof value?.data === 'function';
  console.log(title, isTensor ? \`\${value.dtype} [\${value.shape.join(', ')}]\` : value);
  if (isTensor) console.log(await value.data());
}
`;

function parsed(source: string): { code: string; tree: Tree } {
  let code: string;
  try {
    ({ code } = transform(source, {
      transforms: ['typescript'],
      disableESTransforms: true,
      filePath: 'main.ts',
    }));
  } catch (error) {
    throw new CompileError(positionIn(error, /^Error transforming main\.ts: (.*?) \((\d+):(\d+)\)/s));
  }
  try {
    const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
    return { code, tree };
  } catch (error) {
    throw new CompileError(positionIn(error, /^(.*?) \((\d+):(\d+)\)/s));
  }
}

function positionIn(error: unknown, pattern: RegExp): Problem {
  const text = error instanceof Error ? error.message : String(error);
  const match = pattern.exec(text);
  if (!match) return { file: 'main.ts', message: text, line: null };
  const [, message = '', line] = match;
  return { file: 'main.ts', message: `SyntaxError: ${message}`, line: Number(line) };
}

interface ImportedName {
  imported: string;
  local: string;
  start: number;
}

function importNodes(tree: Tree): { node: AnyNode; names: ImportedName[] }[] {
  return (tree.body as unknown as AnyNode[])
    .filter(({ type }) => type === 'ImportDeclaration')
    .map((node) => {
      const specifiers = node.specifiers as AnyNode[];
      const names = specifiers
        .filter(({ type }) => type !== 'ImportNamespaceSpecifier')
        .map((one) => ({
          imported: one.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(one.imported as AnyNode),
          local: nameOf(one.local as AnyNode),
          start: one.start,
        }));
      return { node, names };
    });
}

const nameOf = (node: AnyNode): string => String(node.name ?? node.value);

function importsOf(tree: Tree, code: string, wgsl: string): { edits: Edit[]; imports: ImportUse[] } {
  const edits: Edit[] = [];
  const imports: ImportUse[] = [];
  for (const { node, names } of importNodes(tree)) {
    const module = String((node.source as AnyNode).value);
    const lineOf = (at: number) => code.slice(0, at).split('\n').length;
    if (module !== KERNEL_FILE) {
      const used = names.map(({ imported, start }) => ({ name: imported, line: lineOf(start) }));
      imports.push({ module, line: lineOf(node.start), names: used });
      continue;
    }
    const [name] = names;
    if (names.length !== 1 || name?.imported !== 'default') {
      throw new CompileError({
        file: 'main.ts',
        message: `Import the second tab as text: import source from '${KERNEL_FILE}';`,
        line: lineOf(node.start),
      });
    }
    const text = `const ${name.local} = ${JSON.stringify(wgsl)};`;
    edits.push({ start: node.start, end: node.end, text: text + linesIn(code, node) });
  }
  return { edits, imports };
}

/** The line breaks of a node, so that the lines after its replacement keep their numbers. */
const linesIn = (code: string, { start, end }: Node): string =>
  '\n'.repeat(code.slice(start, end).split('\n').length - 1);

function visit(node: AnyNode, fn: (node: AnyNode) => void): void {
  fn(node);
  for (const value of Object.values(node)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof (one as AnyNode | null)?.type === 'string') visit(one as AnyNode, fn);
    }
  }
}

/** Applies edits that do not overlap; of several at one place, the first in the list comes first. */
function edited(code: string, edits: readonly Edit[]): string {
  let [result, at] = ['', 0];
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    result += code.slice(at, start) + text;
    at = end;
  }
  return result + code.slice(at);
}
