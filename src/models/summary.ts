import { checkValue, having } from '../gpu/check-options.ts';
import { CostSheet } from '../layers/cost-sheet.ts';
import type { Module } from '../layers/module.ts';
import { type Shape, show } from '../tensor/shape.ts';

/** Costs of one layer, or of one block, for a single image. */
export interface SummaryRow {
  name: string;
  kind: string;
  output: Shape;
  parameters: number;
  /** multiply-accumulates */
  macs: number;
  /** bytes of its outputs, including those of inner layers */
  activationBytes: number;
}

/** Parameters, multiply-accumulates and activation bytes of a model for one image, per layer. */
export class ModelSummary {
  readonly side: number;
  readonly rows: SummaryRow[];
  readonly parameters: number;
  /** convolutions and linear layers in the paper's form, with complementary pooling as two convolutions */
  readonly macs: number;
  /** the same in the form that runs, with complementary pooling as one convolution */
  readonly macsMerged: number;
  /** sum over all layers, which training keeps in memory */
  readonly activationBytes: number;

  constructor(model: Module, side: number, channels = 3) {
    checkValue('ModelSummary', 'model', model, (value) => having(value, 'namedModules', 'a Module'));
    this.side = side;
    const sheet = new CostSheet();
    const paths = new Map([...model.namedModules()].map(([path, module]) => [module, path]));
    model.outputShape([1, side, side, channels], sheet);
    this.rows = sheet.rows.map((row) => ({
      name: paths.get(row.module) ?? '',
      kind: row.module.type,
      output: row.output,
      parameters: ownParameters(row.module),
      macs: row.macs,
      activationBytes: row.activationBytes,
    }));
    this.parameters = model.parameterCount();
    this.macs = sheet.rows.reduce((sum, row) => sum + row.macs, 0);
    this.macsMerged = sheet.rows.reduce((sum, row) => sum + row.macs - row.savedMacs, 0);
    this.activationBytes = this.rows.reduce((sum, row) => sum + row.activationBytes, 0);
  }

  /** Returns the rows summed by top-level layer (`features.4`, `layer1`, `classifier_1`). */
  byBlock(): SummaryRow[] {
    const blocks = new Map<string, SummaryRow>();
    for (const row of this.rows) {
      const name = /^(features|blocks)\.\d+|^[^.]+/.exec(row.name)?.[0] ?? row.name;
      const block = blocks.get(name) ?? {
        ...row,
        name,
        kind: '',
        parameters: 0,
        macs: 0,
        activationBytes: 0,
      };
      block.output = row.output;
      block.parameters += row.parameters;
      block.macs += row.macs;
      block.activationBytes += row.activationBytes;
      blocks.set(name, block);
    }
    return [...blocks.values()];
  }

  /** Returns the table as text. `detail` shows every layer instead of one row per block (default false). */
  toString(detail = false): string {
    const rows = detail ? this.rows : this.byBlock();
    const number = (n: number) => n.toLocaleString('en-US');
    const cells = [
      ['layer', ...(detail ? ['kind'] : []), 'output', 'parameters', 'MACs', 'activation bytes'],
      ...rows.map((row) => [
        row.name,
        ...(detail ? [row.kind] : []),
        show(row.output),
        number(row.parameters),
        number(row.macs),
        number(row.activationBytes),
      ]),
    ];
    const widths = (cells[0] as string[]).map((_, i) =>
      Math.max(...cells.map((row) => (row[i] as string).length)),
    );
    const textColumns = detail ? 3 : 2;
    const line = (row: string[]) =>
      row
        .map((cell, i) =>
          i < textColumns ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
        )
        .join('  ');
    const merged =
      this.macsMerged === this.macs
        ? ''
        : ` with complementary pooling as two convolutions (the paper's form), ${number(this.macsMerged)} as one (as run here)`;
    return [
      line(cells[0] as string[]),
      widths.map((width) => '-'.repeat(width)).join('  '),
      ...cells.slice(1).map(line),
      '',
      `input ${this.side} x ${this.side}`,
      `parameters        ${number(this.parameters)}`,
      `MACs              ${number(this.macs)}${merged}`,
      `activation bytes ${number(this.activationBytes)} per image`,
    ].join('\n');
  }
}

function ownParameters(module: Module): number {
  const below = module.children().reduce((sum, [, child]) => sum + child.parameterCount(), 0);
  return module.parameterCount() - below;
}
