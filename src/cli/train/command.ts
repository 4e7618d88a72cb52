import { Command, Option } from 'commander';
import { AUGMENTATIONS } from '../../data/augmentation.ts';
import { LABEL_RULES } from '../../data/label-rules.ts';
import { VARIANTS } from '../../models/fer-mobilenetv3/config.ts';
import { RECIPE_NAMES } from '../../train/recipes.ts';
import { adapterOption, numberBetween, realNumber, SIZE_FLAGS, wholeNumber } from '../shared/options.ts';
import { runTraining } from './run.ts';
import { DEFAULTS, OPTIMIZERS, SCHEDULES, type TrainOptions } from './settings.ts';

const { drawn, folder, learningRate, weightDecay, momentum } = DEFAULTS;

/** `feathergrad train`: trains the network on drawn faces or on a folder of pictures. */
export function trainCommand(): Command {
  return new Command('train')
    .description(
      'trains the network on drawn faces, or with --data on FER+, RAF-DB or pictures in one sub-folder a class',
    )
    .optionsGroup('Pictures:')
    .option(
      '--data <path>',
      'folder, .tar or .zip of FER+, RAF-DB, or pictures in one sub-folder a class (or that in train/ and valid/)',
    )
    .addOption(
      new Option('--recipe <name>', "the paper's training or our own, each part overridable").choices(
        RECIPE_NAMES,
      ),
    )
    .addOption(new Option('--labels <rule>', "what FER+'s votes become (majority)").choices(LABEL_RULES))
    .option(
      '--stream',
      'read pictures as they are needed; by itself where they would fill half of the memory',
    )
    .option(
      '--subset <n>',
      'train on so many pictures of --data, of each class its share',
      wholeNumber(2, 1e9),
    )
    .option('--pictures <n>', `drawn faces an epoch (${drawn.pictures})`, wholeNumber(2, 1e8))
    .option(
      '--valid <share>',
      `share set apart for validation (${folder.valid}; of drawn faces, as many more, ${drawn.valid}); 0 for none`,
      realNumber(0, 1),
    )
    .option(SIZE_FLAGS, 'side that pictures are resized to', wholeNumber(32, 4096), DEFAULTS.size)
    .addOption(
      new Option('--augment <name>', 'how training pictures are varied (none)').choices(AUGMENTATIONS),
    )
    .option('--mixup <alpha>', 'blends pairs of pictures; 0 for none (0)', numberBetween(0, 1))
    .optionsGroup('Training:')
    .option(
      '--epochs <n>',
      `passes over the pictures (${drawn.epochs}; with --data ${folder.epochs})`,
      wholeNumber(1, 1e6),
    )
    .option('--batch <n>', 'pictures in a step', wholeNumber(2, 65536), DEFAULTS.batch)
    .option(
      '--accumulate <parts>',
      'computes a batch in so many parts, for want of memory (1)',
      wholeNumber(1, 65536),
    )
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
    .option(
      '--ema <decay>',
      "of the weights' moving average, such as 0.999; 0 for none (0)",
      realNumber(0, 1),
    )
    .option('--mirror', 'validate the mean of a picture and its mirror image')
    .option('--no-mirror', 'pictures alone')
    .option('--early-stop <epochs>', 'stop when validation is no better for so long', wholeNumber(1, 1e6))
    .optionsGroup('Network and loss:')
    .addOption(new Option('--variant <name>', 'network of the paper').choices(VARIANTS).default('paper'))
    .option(
      '--init <file>',
      "weights to start from: torchvision's mobilenet_v3_large (.pth) as in the paper, or safetensors",
    )
    .option(
      '--bn-momentum <share>',
      `of batch norm (${momentum.paper}, the paper's, from ${momentum.longRun} steps; ${momentum.short} in shorter runs, up to ${momentum.most} in very short ones)`,
      realNumber(0, 1),
    )
    .option('--dropout <share>', 'before the last layer', realNumber(0, 1), DEFAULTS.dropout)
    .option('--zero-init', 'blocks with a residual begin as the identity (the default)')
    .option('--no-zero-init', 'they begin as they come')
    .option('--balance <power>', 'weighs rare classes more, 0 to 1 (0)', numberBetween(0, 1))
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
    .option(
      '--resume <folder>',
      'goes on with a run that was stopped, from its folder, with the options that it had',
    )
    .option('--out <folder>', 'for weights.safetensors and report.html (runs/<date and time>)')
    .option('--json', 'one JSON object as the last line of standard output, all else on standard error')
    .addOption(adapterOption())
    .addHelpText(
      'after',
      '\nCtrl-C stops after the running step and keeps what was reached, for --resume; twice, at once.',
    )
    .action((options: TrainOptions, command: Command) => {
      const names = Object.keys(options);
      return runTraining(
        options,
        new Set(names.filter((name) => command.getOptionValueSource(name) === 'cli')),
      );
    });
}

function each(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
