import {
  type Augmentation,
  type AugmentationName,
  augmentationNamed,
  paperAugmentation,
} from '../../data/augmentation.ts';
import type { BatchSource } from '../../data/batch-source.ts';
import { DataError } from '../../data/data-error.ts';
import type { Module } from '../../layers/module.ts';
import { classWeights } from '../../loss/class-weights.ts';
import { SoftmaxCenterLoss } from '../../loss/softmax-center-loss.ts';
import type { FerMobileNetV3 } from '../../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { Adam, AdamW } from '../../optim/adam.ts';
import type { Optimizer } from '../../optim/optimizer.ts';
import {
  ConstantLR,
  CosineAnnealingLR,
  ReduceLROnPlateau,
  type Schedule,
  StepLR,
} from '../../optim/schedules.ts';
import { SGD } from '../../optim/sgd.ts';
import { tensor } from '../../tensor/create.ts';
import type { TrainingData } from './data.ts';
import { stepEvery, type TrainSettings } from './settings.ts';

/** How pictures are varied; the paper varies 45 % of RAF-DB's and half of FER+'s. */
export function augmentationOf(name: AugmentationName, layout: TrainingData['layout']): Augmentation | null {
  return name === 'paper' && layout === 'RAF-DB' ? paperAugmentation(0.45) : augmentationNamed(name);
}

export function makeOptimizer(model: Module, settings: TrainSettings): Optimizer {
  const { optimizer, lr, weightDecay, clip } = settings;
  const options = { learningRate: lr, weightDecay, clipNorm: clip };
  if (optimizer === 'sgd') return new SGD(model, { ...options, momentum: 0.9, nesterov: true });
  return optimizer === 'adam' ? new Adam(model, options) : new AdamW(model, options);
}

export function makeSchedule({ schedule, lr, warmup, epochs }: TrainSettings): Schedule {
  switch (schedule) {
    case 'cosine':
      return new CosineAnnealingLR(lr, { warmupSteps: warmup });
    case 'plateau':
      return new ReduceLROnPlateau(lr);
    case 'step':
      return new StepLR(lr, { stepSize: stepEvery(epochs) });
    case 'constant':
      return new ConstantLR(lr);
  }
}

/** Cross-entropy and centre loss, with weights of the classes where they are to be balanced. */
export function makeLoss(
  model: FerMobileNetV3,
  train: BatchSource,
  settings: TrainSettings,
): SoftmaxCenterLoss {
  const { lambda, center, over, labelSmoothing, balance } = settings;
  const classes = model.classNames.length;
  if (balance > 0 && !train.labels) {
    throw new DataError('--balance needs labels that are known ahead; drawn faces are as many of each class');
  }
  const weights =
    balance > 0 && train.labels
      ? { classWeights: tensor(model.device, classWeights(train.labels, classes, balance)) }
      : {};
  const options = { lambda, kind: center, over, labelSmoothing, ...weights };
  return new SoftmaxCenterLoss(classes, model.embeddingWidth, options);
}
