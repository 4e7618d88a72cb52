import { InvalidArgumentError, Option } from 'commander';
import { type ImageColor, VARIANTS, type Variant } from '../../models/fer-mobilenetv3/config.ts';
import type { ModelFacts } from '../../models/model-of.ts';
import { MODEL_NAMES, type ModelName } from '../../models/names.ts';
import { parseNumber } from '../../text/parse-number.ts';
import { RECIPE_NAMES } from '../../train/recipes.ts';

/** Returns a parser for an integer within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value === null || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Returns a parser for a number that fulfills a condition. */
export function numberIn(expected: string, isFine: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value === null || !isFine(value)) throw new InvalidArgumentError(`expected ${expected}.`);
    return value;
  };
}

/** Parses class names separated by commas. */
function classNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length < 2 || names.includes('')) {
    throw new InvalidArgumentError('expected two or more names, separated by commas.');
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InvalidArgumentError(`expected each name once, got "${twice}" twice.`);
  return names;
}

/** Names of the option for the pixels along each side of an image; every command accepts both. */
export const SIDE_FLAGS = '--size, --side <pixels>';

/** Quotes an argument for a shell if it contains more than letters, digits and common signs. */
function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns the command line that repeats a run, without the options for its output. */
export function commandLine(args: readonly string[]): string {
  const kept = args.filter(
    (arg, i) => !/^--(json|out|force|report)(=|$)/.test(arg) && !/^--(out|report)$/.test(args[i - 1] ?? ''),
  );
  return ['npx feathergrad', ...kept.map(shellWord)].join(' ');
}

/** The option for output that programs read; see `Terminal`. */
export const jsonOption = (): Option =>
  new Option('--json', 'print one JSON object to standard output, and everything else to standard error');

/** Options of commands that run a network on images. */
export const weightsOptions = (): Option[] => [
  new Option('--weights <file>', 'safetensors, .pth or .pt file (default: the bundled weights)'),
  new Option(
    '--mirror',
    'average the probabilities of each image and its mirror image (default: as the weights specify)',
  ),
  new Option('--no-mirror', 'use each image without its mirror image'),
  new Option(
    '--half',
    'store activations in half precision if the adapter supports shader-f16; arithmetic stays in f32',
  ),
];

/** The option for the side of a network that receives images. */
const sideOption = (): Option =>
  new Option(SIDE_FLAGS, 'pixels along each side of the input; images are resized to it').argParser(
    wholeNumber(32, 4096),
  );

/**
 * Options that describe the network of weights from elsewhere.
 * @param side the option for the side
 */
export const networkOptions = (side = sideOption()): Option[] => [
  side,
  new Option('--model <name>', 'network, for weights that do not name it').choices(MODEL_NAMES),
  new Option('--variant <name>', 'variant of fer_mobilenetv3').choices(VARIANTS),
  new Option('--classes <names>', 'class names in the order of the outputs, separated by commas').argParser(
    classNames,
  ),
  new Option('--color <kind>', 'color of the images that the network was trained on (default: rgb)').choices([
    'rgb',
    'gray',
  ]),
  keyOption(),
  stripPrefixOption(),
];

/** Returns the description of a network in the options of a command. */
export function factsFrom(options: {
  model?: ModelName;
  variant?: Variant;
  classes?: readonly string[];
  color?: ImageColor;
  side?: number | 'any';
}): ModelFacts {
  const { model, variant, classes, color, side } = options;
  return {
    ...(model && { model }),
    ...(variant && { variant }),
    ...(classes && { classes }),
    ...(color && { color }),
    ...(typeof side === 'number' && { side }),
  };
}

/** The option for the entry of a PyTorch checkpoint that holds the weights. */
export function keyOption(file = '--weights'): Option {
  return new Option(
    '--key <path>',
    `entry of the PyTorch checkpoint ${file} that holds the weights, such as ema`,
  );
}

/** The option for the prefix of the network's names in a file. */
export function stripPrefixOption(): Option {
  return new Option(
    '--strip-prefix <text>',
    'prefix to remove from the names of the weights, such as backbone.',
  );
}

/** The option for the recipe from which the settings of a run start. */
export const recipeOption = (): Option =>
  new Option(
    '--recipe <name>',
    "settings of the paper's code (paper) or feathergrad's (feathergrad); flags override them",
  ).choices(RECIPE_NAMES);

/** The options for measuring the fastest kernels. */
export const tuneOptions = (): Option[] => [
  new Option(
    '--tune',
    'measure the fastest variant of each operation on this adapter first; the result is stored for later runs',
  ),
  new Option('--tune-seconds <n>', 'time for --tune, which it implies (default: 3)').argParser(
    wholeNumber(1, 3600),
  ),
];

/** The option for the GPU adapter. */
export const adapterOption = (): Option =>
  new Option(
    '--adapter <name>',
    "GPU adapter: auto, hardware, software, lavapipe, swiftshader, or the path of a Vulkan driver's .json file",
  );
