import { Command, Option } from 'commander';
import { VARIANTS, type Variant } from '../../models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import type { ImageClassifier } from '../../models/image-classifier.ts';
import { MODEL_NAMES, type ModelName } from '../../models/names.ts';
import { getModel } from '../../models/registry.ts';
import { jsonOption, SIDE_FLAGS, wholeNumber } from '../shared/options.ts';
import { Terminal } from '../shared/terminal.ts';

interface SummaryOptions {
  model: ModelName;
  variant?: Variant;
  classes?: number;
  side?: number;
  detail?: boolean;
  json?: boolean;
}

/** `feathergrad summary`: lists a network's layers with shapes, parameters, MACs and activation bytes. */
export function summaryCommand(): Command {
  return new Command('summary')
    .description(
      'lists the layers of a network with output shapes, parameters, multiply-accumulates and activation bytes',
    )
    .addOption(new Option('--model <name>', 'network').choices(MODEL_NAMES).default('fer_mobilenetv3'))
    .addOption(
      new Option('--variant <name>', 'variant of fer_mobilenetv3 (default: paper)').choices(VARIANTS),
    )
    .option(
      '--classes <n>',
      'number of classes (default: as published, such as 8 for fer_mobilenetv3 and 1,000 for ImageNet)',
      wholeNumber(2, 100000),
    )
    .option(
      SIDE_FLAGS,
      'pixels along each side of the input (default: as published, 224 for most networks)',
      wholeNumber(32, 4096),
    )
    .option('--detail', 'list every layer instead of one row per block')
    .addOption(jsonOption())
    .action((options: SummaryOptions) => {
      const { detail, json = false } = options;
      const network = networkFor(options);
      const { side = network.side, model } = options;
      const summary = network.summary(side);
      const terminal = new Terminal({ json });
      if (!json) return terminal.say(summary.toString(detail));
      const { parameters, macs, macsMerged, activationBytes } = summary;
      const layers = detail ? summary.rows : summary.byBlock();
      const classes = network.classNames.length;
      const { variant } = network;
      terminal.result({
        model,
        variant,
        classes,
        side,
        parameters,
        macs,
        macsMerged,
        activationBytes,
        layers,
      });
    });
}

/** @throws Error for a variant of another network than fer_mobilenetv3 */
function networkFor({ model, variant, classes }: SummaryOptions): ImageClassifier {
  const options = classes === undefined ? {} : { classes };
  if (model === 'fer_mobilenetv3') return new FerMobileNetV3({ ...options, ...(variant && { variant }) });
  if (variant === undefined) return getModel(model, options);
  throw new Error(
    `--variant ${variant} is for fer_mobilenetv3 (got --model ${model}). Remove one of the two.`,
  );
}
