import { Command, Option } from 'commander';
import { VARIANTS } from '../models/fer-mobilenetv3/config.ts';
import { realNumber, wholeNumber } from './options.ts';
import { DEFAULTS, OPTIMIZERS, SCHEDULES, type TrainOptions } from './train-settings.ts';
import { runTraining } from './training-run.ts';

const { drawn, folder, learningRate, weightDecay } = DEFAULTS;

/** `feathergrad train`: trains the network on drawn faces or on a folder of pictures. */
export function trainCommand(): Command {
  return new Command('train')
    .description(
      'trains the network on drawn faces, or with --data on a folder of pictures with one sub-folder a class',
    )
    .optionsGroup('Pictures:')
    .option(
      '--data <folder>',
      'PNG, JPEG or WebP files in one sub-folder a class, or that in train/ and valid/',
    )
    .option('--pictures <n>', `drawn faces an epoch (${drawn.pictures})`, wholeNumber(2, 1e8))
    .option(
      '--valid <share>',
      `share set apart for validation (${folder.valid}; of drawn faces, as many more, ${drawn.valid}); 0 for none`,
      realNumber(0, 1),
    )
    .option('--size <pixels>', 'side that pictures are resized to', wholeNumber(32, 4096), DEFAULTS.size)
    .optionsGroup('Training:')
    .option(
      '--epochs <n>',
      `passes over the pictures (${drawn.epochs}; with --data ${folder.epochs})`,
      wholeNumber(1, 1e6),
    )
    .option('--batch <n>', 'pictures in a step', wholeNumber(2, 65536), DEFAULTS.batch)
    .option(
      '--seed <n>',
      'first weights, order, drawn faces, dropout',
      wholeNumber(0, 2 ** 32 - 1),
      DEFAULTS.seed,
    )
    .addOption(
      new Option('--optimizer <name>', `(${drawn.optimizer}; with --data ${folder.optimizer})`).choices(
        OPTIMIZERS,
      ),
    )
    .option('--lr <rate>', `learning rate (${each(learningRate)})`, realNumber(0))
    .option('--weight-decay <rate>', `(${each(weightDecay)})`, realNumber(0))
    .addOption(
      new Option('--schedule <name>', 'how the learning rate goes').choices(SCHEDULES).default('cosine'),
    )
    .option('--warmup <steps>', 'of the cosine schedule (a tenth of all)', wholeNumber(0, 1e9))
    .option('--clip <norm>', 'longest gradient; 0 for any', realNumber(0), 0)
    .option('--early-stop <epochs>', 'stop when validation is no better for so long', wholeNumber(1, 1e6))
    .optionsGroup('Network and loss:')
    .addOption(new Option('--variant <name>', 'network of the paper').choices(VARIANTS).default('paper'))
    .option(
      '--bn-momentum <share>',
      `of batch norm (${DEFAULTS.momentum.short}; ${DEFAULTS.momentum.paper}, the paper's, from ${DEFAULTS.momentum.longRun} steps)`,
      realNumber(0, 1),
    )
    .option('--dropout <share>', 'before the last layer', realNumber(0, 1), DEFAULTS.dropout)
    .option('--label-smoothing <share>', 'of the cross-entropy', realNumber(0, 1), 0)
    .option('--lambda <weight>', 'of the centre loss; 0 leaves it out, the paper has 0.4', realNumber(0), 0)
    .addOption(
      new Option('--center <kind>', "centres of the literature, or of the paper's released code")
        .choices(['learned', 'released'])
        .default('learned'),
    )
    .addOption(
      new Option('--over <features>', 'what the centre loss pulls on')
        .choices(['embedding', 'logits'])
        .default('embedding'),
    )
    .optionsGroup('Result:')
    .option('--out <folder>', 'for weights.safetensors and report.html (runs/<date and time>)')
    .option('--json', 'one JSON object as the last line of standard output, all else on standard error')
    .option(
      '--adapter <name>',
      "auto, hardware, software, lavapipe, swiftshader, or the path of a Vulkan driver's .json file",
    )
    .addHelpText('after', '\nCtrl-C stops after the running step and keeps what was reached; twice, at once.')
    .action((options: TrainOptions) => runTraining(options));
}

function each(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
