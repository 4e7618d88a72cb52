import { Command, Option } from 'commander';
import { VARIANTS, type Variant } from '../../models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { SIDE_FLAGS, wholeNumber } from '../shared/options.ts';
import { Terminal } from '../shared/terminal.ts';

interface SummaryOptions {
  variant: Variant;
  classes: number;
  side: number;
  detail?: boolean;
  json?: boolean;
}

/** `feathergrad summary`: lists the network's layers with shapes, parameters, MACs and activation bytes. */
export function summaryCommand(): Command {
  return new Command('summary')
    .description(
      'lists the layers of the network: output shapes, parameters, multiply-accumulates, activation bytes',
    )
    .addOption(new Option('--variant <name>', 'variant of the network').choices(VARIANTS).default('paper'))
    .option('--classes <n>', 'number of classes', wholeNumber(2, 1000), 8)
    .option(SIDE_FLAGS, 'pixels along each side of the input', wholeNumber(32, 4096), 224)
    .option('--detail', 'list every layer instead of one row per block')
    .option('--json', 'print one JSON object as the last line of standard output')
    .action(({ variant, classes, side, detail, json = false }: SummaryOptions) => {
      const summary = new FerMobileNetV3({ variant, classes }).summary(side);
      const terminal = new Terminal({ json });
      if (!json) return terminal.say(summary.toString(detail));
      const { parameters, macs, macsMerged, activationBytes } = summary;
      const layers = detail ? summary.rows : summary.byBlock();
      terminal.result({ variant, classes, side, parameters, macs, macsMerged, activationBytes, layers });
    });
}
