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
export type { LabelledPictures, Picture } from './picture.ts';
export { filesFromDataTransfer, readPictureFiles } from './picture-files.ts';
export { PictureSource } from './picture-source.ts';
