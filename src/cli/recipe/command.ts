import { Command } from 'commander';
import { augmentationNamed } from '../../data/augmentation.ts';
import { checkBatchIsFilled } from '../../train/check-batch.ts';
import { checkRecipe } from '../../train/check-recipe.ts';
import { stepSizeOf } from '../../train/plan.ts';
import { settleRecipe } from '../../train/recipe-defaults.ts';
import type { Recipe, RecipeName } from '../../train/recipes.ts';
import { jsonOption, recipeOption, wholeNumber } from '../shared/options.ts';
import { Terminal } from '../shared/terminal.ts';
import { addSettings } from '../train/command.ts';
import { flagOf, recipeOf, sortOptions } from '../train/options.ts';

/** `feathergrad recipe`: prints all settings of a training run on the user's own images. Needs no GPU. */
export function recipeCommand(): Command {
  const command = new Command('recipe')
    .description(
      'prints all settings of a training run on your own images (train --data), with defaults filled in; with --json for other programs, such as scale-out/pytorch/train.py',
    )
    .optionsGroup('Images:')
    .addOption(recipeOption())
    .option(
      '--images <n>',
      'number of training images, which determines warm-up and batch-norm momentum',
      wholeNumber(2, 1e9),
    );
  addSettings(command, 'images', ['pictures']);
  command.optionsGroup('Training:');
  addSettings(command, 'training');
  command.optionsGroup('Network and loss:');
  addSettings(command, 'network');
  return command
    .optionsGroup('Result:')
    .addOption(jsonOption())
    .action((options: Record<string, unknown>) => runRecipe(options));
}

function runRecipe(options: Record<string, unknown>): void {
  const { typed, ...rest } = sortOptions(options);
  const {
    recipe: name,
    images,
    json = false,
  } = rest as {
    recipe?: RecipeName;
    images?: number;
    json?: boolean;
  };
  const recipe = recipeOf({ ...(name && { recipe: name }), typed });
  checkRecipe(recipe, { isDrawn: false }, flagOf);
  const open = openSettings(recipe);
  if (images === undefined && open.length > 0) {
    const flags = open.map(flagOf).join(' and ');
    throw new Error(
      `--images: missing; ${flags} depend${open.length > 1 ? '' : 's'} on the number of training images. Add --images, or ${flags}.`,
    );
  }
  const settled = settleRecipe(recipe, { images: images ?? 0, isDrawn: false });
  if (images !== undefined) checkBatchIsFilled('', images, settled.batch, flagOf);
  const { pictures: _, stepsPerEpoch: __, isMomentumAutomatic: ___, ...settings } = settled;
  const terminal = new Terminal({ json });
  if (json) {
    terminal.result({
      ...settings,
      transforms: augmentationNamed(settings.augmentation),
      stepSize: stepSizeOf(settings.epochs),
    });
    return;
  }
  const width = Math.max(...Object.keys(settings).map((key) => flagOf(key as keyof Recipe).length));
  for (const [key, value] of Object.entries(settings)) {
    terminal.say(`${flagOf(key as keyof Recipe).padEnd(width)}  ${value}`);
  }
}

/** Settings whose defaults depend on the number of images. */
function openSettings({
  bnMomentum = 0,
  warmupSteps,
  schedule = 'cosine',
}: Partial<Recipe>): (keyof Recipe)[] {
  return [
    ...(schedule === 'cosine' && warmupSteps === undefined ? (['warmupSteps'] as const) : []),
    ...(bnMomentum === 0 ? (['bnMomentum'] as const) : []),
  ];
}
