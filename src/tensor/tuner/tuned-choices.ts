import type { Choices, TuningTable, Variants } from '../../gpu/choices.ts';
import type { Device } from '../../gpu/device.ts';
import { forward } from '../variants/forward.ts';
import { recordVariant } from '../variants/record-variant.ts';
import { OperationChoices } from './operation-choices.ts';
import { DEFAULT, keyOf } from './table.ts';

/** Returns the variants of an operation, by name; the rules of GPUs do not change them. */
export function variantsOf(device: Device, variants: Parameters<Choices['record']>[4]): Variants {
  const all = (variants as (loaded: typeof forward) => Variants)(forward);
  const runs = Object.entries(all).map(([name, run]) => [name, () => recordVariant(device, run)] as const);
  return Object.fromEntries(runs);
}

/** Records what a table selects. */
export class TunedChoices extends OperationChoices {
  readonly table: TuningTable;

  constructor(device: Device, table: TuningTable) {
    super(device);
    this.table = table;
  }

  protected choose(...[family, dtype, shape, byDefault, variants]: Parameters<Choices['record']>): void {
    const key = keyOf(family, dtype, shape);
    const name = this.table.choices[key] ?? DEFAULT;
    if (name === DEFAULT) {
      byDefault();
      return;
    }
    const all = variantsOf(this.device, variants);
    const run = all[name];
    if (!run) {
      throw new Error(
        `tuning table: ${key}: the variant does not exist for this operation (got ${name}, expected ${DEFAULT}` +
          `${Object.keys(all)
            .map((each) => `, ${each}`)
            .join('')}). Tune again with { refresh: true }, or call importTuning(device, null).`,
      );
    }
    run();
  }
}
