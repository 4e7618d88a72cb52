import type { ImageClassifier } from './image-classifier.ts';

/** Returns a network's name for readers, such as `mobilenet_v2`, or `FER-MobileNetV3, variant paper`. */
export function describeModel(model: ImageClassifier): string {
  return model.variant === undefined ? model.model : `FER-MobileNetV3, variant ${model.variant}`;
}
