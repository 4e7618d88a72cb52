import type { Choices, Variants } from '../../src/gpu/choices.ts';
import type { Device } from '../../src/gpu/device.ts';
import { forward } from '../../src/tensor/variants/forward.ts';
import { recordVariant } from '../../src/tensor/variants/record-variant.ts';

/** Runs `fn`; each operation records the variant that `pick` names, or the default if it returns undefined. */
export async function withVariant<T>(
  device: Device,
  pick: (family: string, names: readonly string[]) => string | undefined,
  fn: () => Promise<T>,
): Promise<T> {
  const choices: Choices = {
    table: null,
    record(family, _dtype, _shape, byDefault, variants) {
      const all = (variants as (loaded: typeof forward) => Variants)(forward);
      const name = pick(family, Object.keys(all));
      if (name === undefined) byDefault();
      else recordVariant(device, all[name] as () => void);
    },
    dispatch: (_kernel, spec, run) => run(spec),
  };
  const before = device.choices;
  device.choices = choices;
  try {
    return await fn();
  } finally {
    device.choices = before;
  }
}

/** Returns the names of all variants that `fn` could record, by family. */
export async function variantsIn(
  device: Device,
  fn: () => Promise<unknown>,
): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  const pick = (family: string, names: readonly string[]) => {
    const known = found.get(family) ?? new Set();
    for (const name of names) known.add(name);
    found.set(family, known);
    return undefined;
  };
  await withVariant(device, pick, fn);
  return found;
}
