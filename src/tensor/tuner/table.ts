import type { TunedAdapter, TuningTable } from '../../gpu/choices.ts';
import { describeValue } from '../../gpu/describe-value.ts';
import type { Device } from '../../gpu/device.ts';
import { isFlatFamily } from './flat-kernels.ts';
import { LIBRARY_VERSION } from './version.ts';

const FORMAT = 'feathergrad tuning 1';

/** The name of the choice that the rules of `gpu/tuning.ts` make. */
export const DEFAULT = 'default';

/** Families of operations: how many numbers their shapes have, and the names of their variants. */
const FAMILIES: Readonly<Record<string, { numbers: number; variants: RegExp }>> = {
  matmul: {
    numbers: 3,
    variants: /^(vec4(tile\d+x\d)?|general|subgroup(4|8|12|16|24|32)|tiled\d+x\d+|split\dx\d+x\d+)$/,
  },
  gatedMatmul: {
    numbers: 3,
    variants: /^(vec4(tile\d+x\d)?|subgroup(4|8|12|16|24|32)|tiled\d+x\d+|split\dx\d+x\d+)$/,
  },
  attentionGates: { numbers: 5, variants: /^strips[124]$/ },
  matmulGradInput: { numbers: 3, variants: /^(strided|transposed|subgroup(4|8|12|16|24|32)|tiled\d+x\d+)$/ },
  matmulGradWeight: { numbers: 3, variants: /^(strided|vec4|subgroup|tiled)\d+$/ },
  conv2dGradWeight: { numbers: 6, variants: /^chunks\d+$/ },
  batchNorm: { numbers: 2, variants: /^(chunks|workgroup)\d+$/ },
  batchNormGrad: { numbers: 2, variants: /^(chunks|workgroup)\d+$/ },
  columnSum: { numbers: 2, variants: /^chunks\d+$/ },
  depthwise: { numbers: 8, variants: /^(tile\d+x\d+|patch\dx\dx\d)$/ },
  depthwiseGradInput: { numbers: 8, variants: /^tile\d+x\d+$/ },
  depthwiseGradWeight: { numbers: 8, variants: /^(row|kernel)\d+$/ },
};

/** Families of flat kernels, see `flatFamily`. */
const FLAT = { numbers: 1, variants: /^threads(16|32|64|128|256)$/ };

/** Returns the key of an operation: family, element type unless it is f32, and shape. */
export function keyOf(family: string, dtype: string, shape: readonly number[]): string {
  return `${family} ${dtype === 'f32' ? '' : `${dtype} `}${shape.join('x')}`;
}

/** Returns what is wrong with a choice, or null. */
export function problemOf(key: string, variant: unknown): string | null {
  const [, name = '', shape = ''] = /^(\w+) (?:f16 )?(\d+(?:x\d+)*)$/.exec(key) ?? [];
  const family = Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : isFlatFamily(name) ? FLAT : undefined;
  if (family?.numbers !== shape.split('x').length) {
    return `unknown key (got ${describeValue(key)}, expected a family and a shape, such as "matmul 49x480x80")`;
  }
  if (variant === DEFAULT || (typeof variant === 'string' && family.variants.test(variant))) return null;
  return `unknown variant of ${key} (got ${describeValue(variant)}, expected ${DEFAULT} or ${family.variants.source})`;
}

/** Returns the facts that a table of this device is valid for. */
export function tunedAdapter({ gpu, features }: Device): TunedAdapter {
  const { vendor = '', architecture = '', device = '', description = '' } = gpu.adapterInfo ?? {};
  return { vendor, architecture, device, description, subgroups: features.has('subgroups') };
}

/** Returns a table of this device. */
export function tableOf(device: Device, choices: Readonly<Record<string, string>>): TuningTable {
  return { format: FORMAT, library: LIBRARY_VERSION, adapter: tunedAdapter(device), choices: { ...choices } };
}

/** Returns why a valid table is not for this device and version of the library, or null. */
export function mismatchOf(device: Device, { library, adapter }: TuningTable): string | null {
  if (library !== LIBRARY_VERSION) {
    return `the table is of another version of the library (got ${library}, expected ${LIBRARY_VERSION})`;
  }
  const here = tunedAdapter(device);
  const names = Object.keys(here) as (keyof TunedAdapter)[];
  const other = names.filter((name) => adapter[name] !== here[name]);
  if (other.length === 0) return null;
  const list = (facts: TunedAdapter) =>
    other.map((name) => `${name} ${JSON.stringify(facts[name])}`).join(', ');
  return `the table is of another adapter (got ${list(adapter)}, expected ${list(here)})`;
}

/**
 * Checks the form of a table, such as one read from a file.
 * @throws Error that names the first entry that is wrong
 */
export function parseTable(caller: string, value: unknown): TuningTable {
  const fail = (problem: string): never => {
    throw new Error(`${caller}: ${problem}. Pass a table of exportTuning(device).`);
  };
  if (!isRecord(value)) return fail(`the table is not an object (got ${describeValue(value)})`);
  const { format, library, adapter, choices, ...rest } = value;
  if (format !== FORMAT) return fail(`unknown format (got ${describeValue(format)}, expected "${FORMAT}")`);
  for (const name of Object.keys(rest)) fail(`unknown entry (got ${name})`);
  if (typeof library !== 'string') {
    return fail(`library is not a version (got ${describeValue(library)}, expected ${LIBRARY_VERSION})`);
  }
  if (!isRecord(adapter)) return fail(`adapter is not an object (got ${describeValue(adapter)})`);
  for (const name of ['vendor', 'architecture', 'device', 'description']) {
    if (typeof adapter[name] !== 'string')
      fail(`adapter.${name} is not a string (got ${describeValue(adapter[name])})`);
  }
  if (typeof adapter.subgroups !== 'boolean') {
    fail(`adapter.subgroups is not a boolean (got ${describeValue(adapter.subgroups)})`);
  }
  if (!isRecord(choices)) return fail(`choices is not an object (got ${describeValue(choices)})`);
  for (const [key, variant] of Object.entries(choices)) {
    const problem = problemOf(key, variant);
    if (problem) fail(problem);
  }
  return { format: FORMAT, library, adapter, choices } as unknown as TuningTable;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
