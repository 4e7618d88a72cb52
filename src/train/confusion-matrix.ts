import { percent } from '../text/format.ts';

/** Precision, recall and F1 of one class. A ratio 0 / 0 counts as 0. */
export interface ClassScore {
  /** fraction of the predictions of this class that are correct */
  precision: number;
  /** fraction of the examples of this class that were predicted correctly */
  recall: number;
  /** harmonic mean of precision and recall */
  f1: number;
  /** number of examples of this class */
  support: number;
}

/** Counts true against predicted classes: rows are true classes, columns are predictions. */
export class ConfusionMatrix {
  readonly classes: number;
  /** [classes, classes], row by row */
  readonly counts: Float64Array;

  /** @throws RangeError when `classes` is not a positive integer */
  constructor(classes: number) {
    if (!Number.isSafeInteger(classes) || classes < 1) {
      throw new RangeError(`ConfusionMatrix: classes: got ${classes}, expected a positive integer`);
    }
    this.classes = classes;
    this.counts = new Float64Array(classes * classes);
  }

  /** Returns the matrix of a table of counts, such as `toJSON` returns. @throws RangeError when it is not square */
  static from(rows: readonly (readonly number[])[]): ConfusionMatrix {
    const matrix = new ConfusionMatrix(rows.length);
    for (const [truth, row] of rows.entries()) {
      if (row.length !== rows.length) {
        throw new RangeError(
          `ConfusionMatrix.from: row ${truth} has ${row.length} counts, expected ${rows.length}, the number of rows`,
        );
      }
      for (const [predicted, count] of row.entries()) matrix.add(truth, predicted, count);
    }
    return matrix;
  }

  /**
   * Counts one example, or `times` examples.
   * @throws RangeError when a class does not exist or the count is negative
   */
  add(truth: number, predicted: number, times = 1): void {
    this.check('truth', truth);
    this.check('predicted', predicted);
    if (!Number.isSafeInteger(times) || times < 0) {
      throw new RangeError(`ConfusionMatrix.add: times: got ${times}, expected an integer of at least 0`);
    }
    this.counts[truth * this.classes + predicted]! += times;
  }

  /** Returns the number of examples of class `truth` that were predicted as `predicted`. */
  count(truth: number, predicted: number): number {
    this.check('truth', truth);
    this.check('predicted', predicted);
    return this.counts[truth * this.classes + predicted]!;
  }

  /** Total number of examples. */
  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Fraction of examples that were predicted correctly; 0 without examples. */
  get accuracy(): number {
    let right = 0;
    for (let i = 0; i < this.classes; i++) right += this.count(i, i);
    return ratio(right, this.total);
  }

  /** Returns precision, recall and F1 per class, in the order of the classes. */
  get perClass(): ClassScore[] {
    return Array.from({ length: this.classes }, (_, label) => {
      let support = 0;
      let called = 0;
      for (let other = 0; other < this.classes; other++) {
        support += this.count(label, other);
        called += this.count(other, label);
      }
      const right = this.count(label, label);
      return {
        precision: ratio(right, called),
        recall: ratio(right, support),
        f1: ratio(2 * right, called + support),
        support,
      };
    });
  }

  /** Mean F1 over the classes that occur as truth or prediction, with equal weight for every class. */
  get macroF1(): number {
    const scores = this.perClass.filter((score, label) => score.support > 0 || this.called(label) > 0);
    return ratio(
      scores.reduce((sum, { f1 }) => sum + f1, 0),
      scores.length,
    );
  }

  /** Returns the counts, one row per true class; used by `JSON.stringify`, read by `from`. */
  toJSON(): number[][] {
    return Array.from({ length: this.classes }, (_, truth) => [
      ...this.counts.subarray(truth * this.classes, (truth + 1) * this.classes),
    ]);
  }

  /**
   * Returns a table for a terminal: counts by truth (rows) and prediction (columns), with recall and precision at the edges.
   * @throws RangeError when there is not one name per class
   */
  toText(classNames: readonly string[]): string {
    if (classNames.length !== this.classes) {
      throw new RangeError(
        `ConfusionMatrix.toText: got ${classNames.length} names for ${this.classes} classes, expected one per class`,
      );
    }
    const scores = this.perClass;
    const short = shortNames(classNames);
    const rows = [
      ['', ...short, '', 'recall'],
      ...this.toJSON().map((row, truth) => [
        classNames[truth]!,
        ...row.map((count) => (count === 0 ? '.' : String(count))),
        '',
        percent(scores[truth]!.recall, 0),
      ]),
      ['precision', ...scores.map(({ precision }) => percent(precision, 0)), '', percent(this.accuracy, 0)],
    ];
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    return rows
      .map((row) =>
        row
          .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
          .join('  ')
          .trimEnd(),
      )
      .join('\n');
  }

  private called(label: number): number {
    let sum = 0;
    for (let truth = 0; truth < this.classes; truth++) sum += this.count(truth, label);
    return sum;
  }

  private check(what: string, label: number): void {
    if (!Number.isInteger(label) || label < 0 || label >= this.classes) {
      throw new RangeError(
        `ConfusionMatrix: ${what}: got ${label}, expected a class from 0 to ${this.classes - 1} (is a label off by one?)`,
      );
    }
  }
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Shortens names to as many initial letters, at least three, as are needed to keep the columns distinct. */
function shortNames(names: readonly string[]): string[] {
  for (let letters = 3; letters < 24; letters++) {
    const short = names.map((name) => name.slice(0, letters));
    if (new Set(short).size === names.length) return short;
  }
  return [...names];
}
