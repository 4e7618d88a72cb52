import { Command, InvalidArgumentError } from 'commander';
import { parseSetting } from '../../train/parse-setting.ts';
import { RECIPE_SETTINGS, SETTING_NAMES } from '../../train/recipe-settings.ts';
import type { Recipe } from '../../train/recipes.ts';
import type { RecipeSetting } from '../../train/setting.ts';
import {
  adapterOption,
  jsonOption,
  keyOption,
  numberIn,
  recipeOption,
  stripPrefixOption,
  tuneOptions,
  wholeNumber,
} from '../shared/options.ts';
import { flagOf, sortOptions, type TrainOptions } from './options.ts';
import { runTraining } from './run.ts';

/** `feathergrad train`: trains the network on drawn faces or on the user's images. */
export function trainCommand(): Command {
  return makeTrainCommand(runTraining);
}

/** Returns the command; `run` is its action, which tests replace to read the options. */
export function makeTrainCommand(run: (options: TrainOptions) => Promise<void> | void): Command {
  const command = new Command('train')
    .description(
      'trains the network on drawn faces, or with --data on FER+, RAF-DB or images in one subfolder per class',
    )
    .optionsGroup('Images:')
    .option(
      '--data <path>',
      'folder, .tar or .zip of FER+, of RAF-DB, or of images in one subfolder per class (also below train/ and valid/); without it, drawn faces',
    )
    .addOption(recipeOption())
    .option(
      '--stream',
      'read images from disk when batches need them (default: if they would fill more than half of the memory)',
    )
    .option('--subset <n>', 'train on n images of --data, stratified by class', wholeNumber(2, 1e9))
    .option(
      '--targets <file>',
      'CSV file of feathergrad targets with the probabilities of teachers, which are blended with the labels of --data',
    )
    .option(
      '--targets-weight <share>',
      'weight of the probabilities of --targets, 0 to 1; that of the labels is the rest (default: 0.5)',
      numberIn('a number from 0 to 1', (value) => value >= 0 && value <= 1),
    );
  addSettings(command, 'images');
  command.optionsGroup('Training:');
  addSettings(command, 'training');
  command.optionsGroup('Network and loss:');
  command.option(
    '--init <file>',
    "initial weights: pretrained (the bundled ones), a safetensors file, or a .pth, such as torchvision's for --model",
  );
  command.addOption(keyOption('--init')).addOption(stripPrefixOption());
  addSettings(command, 'network');
  command
    .optionsGroup('Result:')
    .option('--resume <folder>', 'resume an interrupted run from its folder, with its original options')
    .option(
      '--out <folder>',
      'folder for weights.safetensors and report.html (default: runs/<date and time>)',
    )
    .option('--force', 'overwrite the run in --out')
    .addOption(jsonOption())
    .addOption(adapterOption());
  for (const option of tuneOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nCtrl-C stops after the current step and saves a checkpoint for --resume; a second Ctrl-C ends at once.',
    )
    .action((options: Record<string, unknown>) => run(sortOptions(options)));
}

/** Adds the flags of a group of recipe settings, except those listed. */
export function addSettings(
  command: Command,
  group: RecipeSetting['group'],
  without: readonly (keyof Recipe)[] = [],
): void {
  for (const name of SETTING_NAMES) {
    const setting: RecipeSetting = RECIPE_SETTINGS[name];
    if (setting.group !== group || without.includes(name)) continue;
    const flag = flagOf(name);
    const usual = setting.usual && ` (default: ${setting.usual})`;
    // commander derives the property from the last flag
    const flags = setting.alias ? `--${setting.alias}, ${flag}` : flag;
    if (setting.kind === 'switch') {
      command.option(flag, setting.help).option(flag.replace('--', '--no-'), setting.helpOff);
      continue;
    }
    const unit = setting.kind === 'choice' ? 'name' : setting.unit;
    const words = setting.kind === 'choice' ? `: ${setting.options.map(([value]) => value).join(', ')}` : '';
    command.option(`${flags} <${unit}>`, `${setting.help}${words}${usual}`, (text) => {
      const parsed = parseSetting(name, text);
      if ('value' in parsed) return parsed.value;
      throw new InvalidArgumentError(parsed.wrong.replace(/[^?]$/, '$&.'));
    });
  }
}
