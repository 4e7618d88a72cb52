import { boolean, checkOptions } from '../gpu/check-options.ts';
import { checkBatchParts, type Naming } from './check-batch.ts';
import { RECIPE_RULES } from './parse-setting.ts';
import type { Recipe } from './recipes.ts';

/**
 * Checks those properties of a recipe that do not depend on the images.
 * @throws Error for unknown settings and for settings that contradict each other
 * @throws RangeError for values out of range
 */
export function checkRecipe(
  recipe: Partial<Recipe>,
  data: { isDrawn: boolean },
  named: Naming = (setting) => setting,
): void {
  checkOptions('checkRecipe', data, { isDrawn: boolean }, ['isDrawn']);
  const { isDrawn } = data;
  checkOptions('recipe', recipe, RECIPE_RULES);
  const { lambda, center, over, warmupSteps, schedule = 'cosine', earlyStop = 0, validationSplit } = recipe;
  const { mixup = 0, batch = 32, accumulate = 1, augmentation = 'none', balance = 0, sam = 0 } = recipe;
  if (recipe.variant !== undefined && recipe.model !== undefined && recipe.model !== 'fer_mobilenetv3') {
    throw new Error(
      `${named('variant')} ${recipe.variant} is for fer_mobilenetv3 (got ${named('model')} ${recipe.model}). Remove one of the two.`,
    );
  }
  if (lambda === undefined && (center === 'released' || over === 'logits')) {
    const [name, value] = center === 'released' ? (['center', center] as const) : (['over', over] as const);
    throw new Error(
      `${named(name)} ${value} needs the center loss, whose weight is 0. Add ${named('lambda')}, such as ${named('lambda')} 0.4.`,
    );
  }
  if (warmupSteps !== undefined && schedule !== 'cosine') {
    throw new Error(
      `${named('warmupSteps')} needs the cosine schedule (got ${named('schedule')} ${schedule}). Remove one of the two.`,
    );
  }
  if (earlyStop > 0 && validationSplit === 0) {
    throw new Error(
      `${named('earlyStop')} needs validation accuracy, but ${named('validationSplit')} 0 holds out no images. Remove one of the two.`,
    );
  }
  if (mixup > 0 && lambda !== undefined && lambda > 0) {
    throw new Error(
      `${named('mixup')} blends images of two classes, but the center loss (${named('lambda')}) needs one class per image. Set one of the two to 0.`,
    );
  }
  if (sam > 0 && accumulate > 1) {
    throw new Error(
      `${named('sam')} computes each gradient twice, which is not supported with ${named('accumulate')} ${accumulate}. Remove one of the two.`,
    );
  }
  checkBatchParts('', { batch, accumulate, mixup }, named);
  if (!isDrawn) return;
  if (augmentation !== 'none') {
    throw new Error(
      `${named('augmentation')} ${augmentation} is for photos, but drawn faces already vary. Remove it, or train on your own images.`,
    );
  }
  if (balance > 0) {
    throw new Error(
      `${named('balance')} is for photos, but drawn faces are already balanced. Remove it, or train on your own images.`,
    );
  }
}
