import { Command } from 'commander';
import { adapterOption, jsonOption, networkOptions, numberIn, wholeNumber } from '../shared/options.ts';
import { runTargets, type TargetsOptions } from './run.ts';

/** `feathergrad targets`: writes the probabilities of teachers as soft targets of `feathergrad train --targets`. */
export function targetsCommand(): Command {
  const command = new Command('targets')
    .description(
      'writes the mean probabilities of one or more networks for each training image, the soft targets of train --targets (distillation)',
    )
    .requiredOption(
      '--data <path>',
      'folder, .tar or .zip of FER+, of RAF-DB, or of images in one subfolder per class; required',
    )
    .requiredOption('--out <file>', 'CSV file to write, with one row per image; required')
    .option('--force', 'overwrite an existing file')
    .option(
      '--weights <files...>',
      'safetensors, .pth or .pt files of the networks (default: the bundled weights)',
    )
    .option(
      '--mirror',
      'average over each image and its mirror image (default: as the weights of each network specify)',
    )
    .option('--no-mirror', 'use each image without its mirror image')
    .option(
      '--shift <share>',
      'also average over the image shifted left, right, up and down by this share of its side, such as 0.04 (default: 0, no shift)',
      numberIn('a number from 0 to 0.5', (value) => value >= 0 && value <= 0.5),
    )
    .option(
      '--temperature <t>',
      'temperature t: the probabilities p of each network become p^(1/t), normalized; values above 1 make them more equal (default: 1)',
      numberIn('a number above 0', (value) => value > 0),
    )
    .option('--batch <n>', 'images per batch', wholeNumber(1, 65536), 64)
    .addOption(jsonOption())
    .addOption(adapterOption())
    .optionsGroup('Network, if the weights do not describe it:');
  for (const option of networkOptions()) command.addOption(option);
  return command.action((options: TargetsOptions) => runTargets(options));
}
