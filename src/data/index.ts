export {
  AUGMENTATIONS,
  type Augmentation,
  type AugmentationName,
  augmentationNamed,
  paperAugmentation,
  type Range,
  STRONG_AUGMENTATION,
} from './augmentation.ts';
export type { Batch, BatchOptions, BatchReader, BatchSource } from './batch-source.ts';
export { DataError } from './data-error.ts';
export { DrawnFaceSource } from './drawn-face-source.ts';
export {
  DrawnFaces,
  type DrawnFacesOptions,
  EXPRESSIONS,
  type FaceBatch,
  type FaceBatchOptions,
} from './drawn-faces.ts';
export { countDuplicates, countRepeats, type Duplicates } from './duplicates.ts';
export { EXPRESSION_NAMES, type ExpressionName } from './expressions.ts';
export { parsePixels, parseVotes, voteColumns } from './ferplus-rules.ts';
export {
  distributionFromVotes,
  FERPLUS_VOTES,
  LABEL_RULES,
  type LabelRule,
  labelFromVotes,
} from './label-rules.ts';
export type { LabeledPictures, Picture } from './picture.ts';
export { filesFromDataTransfer, readPictureFiles } from './picture-files.ts';
export { PictureSource, shuffle } from './picture-source.ts';
export { PictureStream, type PictureStreamData } from './picture-stream.ts';
export { type PreparedImages, type PrepareImagesOptions, prepareImages } from './prepare-images.ts';
export { readImages, type SourceImage } from './read-images.ts';
export { type SoftTargets, withSoftTargets } from './soft-targets.ts';
