import type { Choices } from '../../gpu/choices.ts';
import type { Device } from '../../gpu/device.ts';
import { recordedBy } from '../../gpu/recorded-by.ts';
import type { Recorded } from '../../gpu/resolver.ts';
import { synchronous } from '../../gpu/synchronous.ts';
import { scope } from '../scope.ts';
import { OperationChoices } from './operation-choices.ts';
import { DEFAULT, keyOf } from './table.ts';
import { variantsOf } from './tuned-choices.ts';

/** One variant of an operation and the dispatches that it records. */
export interface Candidate {
  name: string;
  dispatches: readonly Recorded[];
}

/** An operation of the work, with its variants; the first is the default. */
export interface Operation {
  key: string;
  /** occurrences in the work */
  count: number;
  /** product of the numbers of the shape, a rough measure of the work */
  size: number;
  candidates: Candidate[];
}

interface Span {
  name: string;
  from: number;
  to: number;
}

/** Records every variant of every operation that it has not seen yet. */
class Collector extends OperationChoices {
  readonly table = null;
  readonly found = new Map<string, { count: number; size: number; spans: Span[] }>();
  private isInside = false;

  protected choose(...[family, dtype, shape, byDefault, variants]: Parameters<Choices['record']>): void {
    if (!this.isInside) {
      const key = keyOf(family, dtype, shape);
      const known = this.found.get(key);
      if (known) known.count++;
      else {
        // operations inside of a variant use their defaults
        this.isInside = true;
        try {
          const ways = Object.entries({ [DEFAULT]: byDefault, ...variantsOf(this.device, variants) });
          const spans = ways.map(([name, run]) => this.spanOf(name, run));
          this.found.set(key, { count: 1, size: shape.reduce((a, b) => a * b, 1), spans });
        } finally {
          this.isInside = false;
        }
      }
    }
    byDefault();
  }

  private spanOf(name: string, run: () => void): Span {
    const from = this.device.recorded.length;
    run();
    return { name, from, to: this.device.recorded.length };
  }
}

/**
 * Records `work` without running it and returns its operations that have several variants, by key. Variants with the same
 * dispatches as an earlier one are omitted.
 */
export function collect(device: Device, work: () => unknown): Operation[] {
  const collector = new Collector(device);
  const before = device.choices;
  let list: readonly Recorded[] = [];
  device.choices = collector;
  try {
    list = recordedBy(device, () => {
      scope(() => {
        synchronous('tune', work);
      });
    });
  } finally {
    device.choices = before;
  }
  return [...collector.found].map(([key, { count, size, spans }]) => {
    const candidates = new Map<string, Candidate>();
    for (const { name, from, to } of spans) {
      const dispatches = list.slice(from, to);
      const id = dispatches
        .map(({ entry, uniform, groups }) => [entry.id, uniform?.id, ...groups].join())
        .join(';');
      if (!candidates.has(id)) candidates.set(id, { name, dispatches });
    }
    return { key, count, size, candidates: [...candidates.values()] };
  });
}
