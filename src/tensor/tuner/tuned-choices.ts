import type { Choices, TuningTable, Variants } from '../../gpu/choices.ts';
import * as forward from '../variants/forward.ts';
import { DEFAULT, keyOf } from './table.ts';

/** Returns the variants of an operation, by name. */
export function variantsOf(variants: Parameters<Choices['record']>[4]): Variants {
  return (variants as (loaded: typeof forward) => Variants)(forward);
}

/** Records what a table selects. */
export class TunedChoices implements Choices {
  readonly table: TuningTable;

  constructor(table: TuningTable) {
    this.table = table;
  }

  record(...[family, dtype, shape, byDefault, variants]: Parameters<Choices['record']>): void {
    const key = keyOf(family, dtype, shape);
    const name = this.table.choices[key] ?? DEFAULT;
    if (name === DEFAULT) {
      byDefault();
      return;
    }
    const all = variantsOf(variants);
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
