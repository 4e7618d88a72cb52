// The text of the examples and the programs that the page edits.

/** A program: TypeScript, and the WGSL of the second tab, which may be empty. */
export interface Program {
  code: string;
  wgsl: string;
}

const codes = import.meta.glob<string>('./examples/*.ts', { query: '?raw', import: 'default' });
const kernels = import.meta.glob<string>('./examples/*.wgsl', { import: 'default' });

export const isExample = (name: string): boolean => `./examples/${name}.ts` in codes;

/** Loads the text of an example. */
export async function loadExample(name: string): Promise<Program> {
  const [code, wgsl] = [codes[`./examples/${name}.ts`], kernels[`./examples/${name}.wgsl`]];
  if (!code) throw new Error(`There is no example “${name}”.`);
  return { code: await code(), wgsl: wgsl ? await wgsl() : '' };
}
