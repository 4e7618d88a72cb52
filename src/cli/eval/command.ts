import { Command, Option } from 'commander';
import { LABEL_RULES } from '../../data/label-rules.ts';
import { adapterOption, networkOptions, weightsOptions, wholeNumber } from '../shared/options.ts';
import { type EvalOptions, runEvaluation } from './run.ts';

/** `feathergrad eval`: how well weights do on labelled pictures. */
export function evalCommand(): Command {
  const command = new Command('eval')
    .description(
      'accuracy, macro F1, scores by class, confusion matrix, calibration and speed of weights on labelled pictures',
    )
    .requiredOption(
      '--data <path>',
      'folder, .tar or .zip of FER+, of one of its parts, of RAF-DB, or pictures in one sub-folder a class',
    )
    .addOption(
      new Option('--part <name>', 'of the data (test, else valid, else what is there)').choices([
        'train',
        'valid',
        'test',
      ]),
    )
    .addOption(
      new Option('--labels <rule>', "what FER+'s votes become (majority)").choices(
        LABEL_RULES.filter((rule) => rule !== 'distribution'),
      ),
    )
    .option('--batch <n>', 'pictures at a time', wholeNumber(1, 65536), 64);
  for (const option of weightsOptions()) command.addOption(option);
  command.optionsGroup('What the weights do not say themselves:');
  for (const option of networkOptions()) command.addOption(option);
  return command
    .optionsGroup('Result:')
    .option('--report <file>', 'an HTML page with the matrix, the worst mistakes and the attention maps')
    .option('--json', 'one JSON object as the last line of standard output, all else on standard error')
    .addOption(adapterOption())
    .action((options: EvalOptions) => runEvaluation(options));
}
