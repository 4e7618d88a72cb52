import type { Recipe } from './recipes.ts';

/** Returns the name of a setting for messages: `mixup` in code, `--mixup` on the command line, the label in a form. */
export type Naming = (setting: keyof Recipe) => string;

/**
 * Checks that a batch can be split for gradient accumulation.
 * @param prefix start of the message: the name of the function, if any
 * @throws Error when its parts would be of unequal size, of one image, or, with mixup, of an odd number of images
 */
export function checkBatchParts(
  prefix: string,
  { batch, accumulate, mixup }: Pick<Recipe, 'batch' | 'accumulate' | 'mixup'>,
  named: Naming = (setting) => setting,
): void {
  if (batch % accumulate !== 0 || batch / accumulate < 2) {
    throw new Error(
      `${prefix}${named('accumulate')} ${accumulate} does not divide a batch of ${batch} into equal parts of at least 2 images. ` +
        `Change ${named('accumulate')} or ${named('batch')}.`,
    );
  }
  if (mixup > 0 && accumulate > 1 && (batch / accumulate) % 2 !== 0) {
    throw new Error(
      `${prefix}${named('mixup')} blends images in pairs, which parts of ${batch / accumulate} images would separate. Choose ` +
        `${named('batch')} and ${named('accumulate')} so that each part has an even number of images.`,
    );
  }
}

/** @throws Error when the training images do not fill one batch */
export function checkBatchIsFilled(
  prefix: string,
  images: number,
  batch: number,
  named: Naming = (setting) => setting,
): void {
  if (images >= batch) return;
  throw new Error(
    `${prefix}${images} training images do not fill one batch of ${batch}. Set ${named('batch')} to ${Math.max(2, images)} or less, or add images.`,
  );
}
