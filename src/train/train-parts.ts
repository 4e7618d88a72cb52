import { expectModule } from '../layers/expect-module.ts';
import type { Module } from '../layers/module.ts';
import { ImageClassifier } from '../models/image-classifier.ts';
import type { Recipe } from './recipes.ts';

/**
 * Freezes all layers except those that `part` names: 'head' is the layers after the pooling, 'last-blocks' also the blocks
 * at the lowest resolution, and 'all' changes nothing.
 *
 * @returns the paths of the trained modules; [''] for all
 * @throws Error for a network without named parts
 */
export function freezeExcept(model: Module, part: Recipe['train']): readonly string[] {
  expectModule('freezeExcept', model);
  if (part === 'all') return [''];
  if (!(model instanceof ImageClassifier)) {
    throw new Error(
      `train: got '${part}' for a ${model.type}, expected a network of feathergrad, which names its parts. ` +
        'Call freeze() on the layers to freeze, and omit train.',
    );
  }
  const { head, lastBlocks } = model.parts;
  const trained = part === 'head' ? head : [...lastBlocks, ...head];
  const modules = new Map(model.namedModules());
  model.freeze();
  for (const path of trained) modules.get(path)?.unfreeze();
  return trained;
}
