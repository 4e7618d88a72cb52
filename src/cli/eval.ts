import { Command, Option } from 'commander';
import { LABEL_RULES } from '../data/label-rules.ts';
import { VARIANTS } from '../models/fer-mobilenetv3/config.ts';
import { type EvalOptions, runEvaluation } from './eval-run.ts';
import { wholeNumber } from './options.ts';

/** `feathergrad eval`: how well weights do on labelled pictures. */
export function evalCommand(): Command {
  return new Command('eval')
    .description(
      'accuracy, macro F1, scores by class, confusion matrix, calibration and speed of weights on labelled pictures',
    )
    .requiredOption(
      '--data <path>',
      'folder, .tar or .zip of FER+, of one of its parts, of RAF-DB, or pictures in one sub-folder a class',
    )
    .option('--weights <file>', 'safetensors, .pth or .pt (the weights that come with feathergrad)')
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
    .option('--mirror', 'mean of the probabilities of each picture and its mirror image (as the weights say)')
    .option('--no-mirror', 'pictures alone')
    .option('--batch <n>', 'pictures at a time', wholeNumber(1, 65536), 64)
    .optionsGroup('What the weights do not say themselves:')
    .option('--side <pixels>', 'that pictures are resized to', wholeNumber(32, 4096))
    .addOption(new Option('--variant <name>', 'network of the paper').choices(VARIANTS))
    .option('--classes <names>', 'in the order of the outputs, with commas between', (text) =>
      text.split(',').map((name) => name.trim()),
    )
    .optionsGroup('Result:')
    .option('--report <file>', 'an HTML page with the matrix, the worst mistakes and the attention maps')
    .option('--json', 'one JSON object as the last line of standard output, all else on standard error')
    .option(
      '--adapter <name>',
      "auto, hardware, software, lavapipe, swiftshader, or the path of a Vulkan driver's .json file",
    )
    .action((options: EvalOptions) => runEvaluation(options));
}
