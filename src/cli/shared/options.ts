import { InvalidArgumentError, Option } from 'commander';
import { type ImageColor, VARIANTS, type Variant } from '../../models/fer-mobilenetv3/config.ts';
import type { NetworkFacts } from '../../models/fer-mobilenetv3/pretrained-metadata.ts';
import { parseNumber } from '../../text/parse-number.ts';

/** Parses an option's value as a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value === null || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Parses class names with commas between. */
export function classNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length < 2 || names.includes('')) {
    throw new InvalidArgumentError('expected two names or more with commas between.');
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new InvalidArgumentError(`expected each name once, got "${twice}" twice.`);
  return names;
}

/** Pixels along each side of a picture, by either name in every command. */
export const SIDE_FLAGS = '--size, --side <pixels>';

/** An argument as a shell takes it: quoted where it holds more than letters, digits and the usual signs. */
function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The command line that repeats a run, without what only says where its results go. */
export function commandLine(args: readonly string[]): string {
  const kept = args.filter(
    (arg, i) => !/^--(json|out|report)(=|$)/.test(arg) && !/^--(out|report)$/.test(args[i - 1] ?? ''),
  );
  return ['npx feathergrad', ...kept.map(shellWord)].join(' ');
}

/** Options of the commands that look at pictures with weights. */
export const weightsOptions = (): Option[] => [
  new Option('--weights <file>', 'safetensors, .pth or .pt (the weights that come with feathergrad)'),
  new Option(
    '--mirror',
    'mean of the probabilities of each picture and its mirror image (as the weights say)',
  ),
  new Option('--no-mirror', 'pictures alone'),
  new Option('--half', 'activations in half precision, where the adapter has shader-f16; sums stay in f32'),
];

/** What weights from elsewhere do not say of their network. */
export const networkOptions = (): Option[] => [
  new Option(SIDE_FLAGS, 'that pictures are resized to').argParser(wholeNumber(32, 4096)),
  new Option('--variant <name>', 'network of the paper').choices(VARIANTS),
  new Option('--classes <names>', 'in the order of the outputs, with commas between').argParser(classNames),
  new Option('--color <kind>', 'what the network learned from (rgb)').choices(['rgb', 'gray']),
  keyOption(),
  stripPrefixOption(),
];

/** The facts about a network that the options of a command state. */
export function factsFrom(options: {
  variant?: Variant;
  classes?: readonly string[];
  color?: ImageColor;
  side?: number | 'any';
}): NetworkFacts {
  const { variant, classes, color, side } = options;
  return {
    ...(variant && { variant }),
    ...(classes && { classes }),
    ...(color && { color }),
    ...(typeof side === 'number' && { side }),
  };
}

/** Which entry of a PyTorch checkpoint holds the weights. */
export function keyOption(): Option {
  return new Option('--key <path>', 'entry of a PyTorch checkpoint that holds the weights, such as ema');
}

/** What wraps the network's names in a file. */
export function stripPrefixOption(): Option {
  return new Option('--strip-prefix <text>', 'removed from the names of the weights, such as backbone.');
}

/** The adapter that a command computes on. */
export const adapterOption = (): Option =>
  new Option(
    '--adapter <name>',
    "auto, hardware, software, lavapipe, swiftshader, or the path of a Vulkan driver's .json file",
  );
