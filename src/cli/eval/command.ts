import { Command, Option } from 'commander';
import { LABEL_RULES } from '../../data/label-rules.ts';
import {
  adapterOption,
  jsonOption,
  networkOptions,
  tuneOptions,
  weightsOptions,
  wholeNumber,
} from '../shared/options.ts';
import { type EvalOptions, runEvaluation } from './run.ts';

/** `feathergrad eval`: measures weights on labeled images. */
export function evalCommand(): Command {
  const command = new Command('eval')
    .description(
      'measures weights on labeled images: accuracy, macro F1, scores per class, confusion matrix, calibration, speed',
    )
    .requiredOption(
      '--data <path>',
      'folder, .tar or .zip of FER+, of one of its parts, of RAF-DB, or of images in one subfolder per class; required',
    )
    .addOption(
      new Option(
        '--part <name>',
        'part of the data (default: test, or valid if there is no test part, or the only part)',
      ).choices(['train', 'valid', 'test']),
    )
    .addOption(
      new Option(
        '--labels <rule>',
        'rule that converts the votes of FER+ to labels (default: majority)',
      ).choices(LABEL_RULES.filter((rule) => rule !== 'distribution')),
    )
    .option('--no-duplicates', 'do not search for images that are also in the training part of the data')
    .option('--batch <n>', 'images per batch', wholeNumber(1, 65536), 64);
  for (const option of weightsOptions()) command.addOption(option);
  command.optionsGroup('Network, if the weights do not describe it:');
  for (const option of networkOptions()) command.addOption(option);
  command
    .optionsGroup('Result:')
    .option(
      '--report <file>',
      'write an HTML page with the confusion matrix, the most confident mistakes and the attention maps',
    )
    .addOption(jsonOption())
    .addOption(adapterOption());
  for (const option of tuneOptions()) command.addOption(option);
  return command.action((options: EvalOptions) => runEvaluation(options));
}
