import { checkValue, having, oneOf } from '../gpu/check-options.ts';
import { efficientnet_b0 } from './efficientnet.ts';
import type { ImageColor, Variant } from './fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from './fer-mobilenetv3/fer-mobilenetv3.ts';
import { ghostnet } from './ghostnet.ts';
import type { ImageClassifier } from './image-classifier.ts';
import { lenet5 } from './lenet.ts';
import { mobilenet_v1 } from './mobilenetv1.ts';
import { mobilenet_v2 } from './mobilenetv2.ts';
import { mobilenet_v3_large, mobilenet_v3_small } from './mobilenetv3.ts';
import { MODEL_NAMES, type ModelName } from './names.ts';
import type { NetworkOptions } from './network.ts';
import { resnet18, resnet20 } from './resnet.ts';
import { shufflenet_v2_x0_5, shufflenet_v2_x1_0 } from './shufflenetv2.ts';
import { squeezenet1_1 } from './squeezenet.ts';

/** Every network by name. */
const MODELS: Record<ModelName, (options: NetworkOptions) => ImageClassifier> = /* @__PURE__ */ (() => ({
  fer_mobilenetv3({ inputChannels = 3, ...options }) {
    checkValue('FerMobileNetV3', 'inputChannels', inputChannels, (v) => (v === 3 ? undefined : '3'));
    return new FerMobileNetV3(options);
  },
  lenet5,
  squeezenet1_1,
  mobilenet_v1,
  mobilenet_v2,
  mobilenet_v3_small,
  mobilenet_v3_large,
  shufflenet_v2_x0_5,
  shufflenet_v2_x1_0,
  efficientnet_b0,
  ghostnet,
  resnet18,
  resnet20,
}))();

/** Returns the names of all networks, like torchvision's `list_models`. */
export const listModels = (): ModelName[] => [...MODEL_NAMES];

/**
 * Makes a network by its name, like torchvision's `get_model`, with random weights; `to(device)` puts it on a device.
 * @throws RangeError for an unknown name, with the nearest known one; Error for options that are unknown or out of range
 */
export function getModel(name: ModelName, options: NetworkOptions = {}): ImageClassifier {
  checkValue('getModel', 'name', name, (v) => oneOf(v, listModels()));
  return MODELS[name](options);
}

/** The settings of a recipe that describe a network, as `settleRecipe` returns them. */
export interface NetworkSettings {
  model: ModelName;
  variant: Variant;
  dropout: number;
  bnMomentum: number;
  zeroInitResidual: boolean;
  side: number;
  mirror: boolean;
}

/**
 * Makes the network that a recipe describes, for the classes of training images.
 *
 * @param settings as `settleRecipe` returns them
 * @param images the training images; their `color` may be omitted
 */
export function modelFor(
  settings: NetworkSettings,
  images: { readonly classNames: readonly string[]; readonly color?: ImageColor | undefined },
): ImageClassifier {
  checkValue('modelFor', 'settings', settings, (value) => having(value, 'model', 'a settled recipe'));
  checkValue('modelFor', 'images', images, (value) =>
    having(value, 'classNames', 'an object with classNames'),
  );
  const { model, variant, dropout, bnMomentum, zeroInitResidual, side, mirror } = settings;
  const { classNames: classes, color = 'rgb' } = images;
  // predict averages over the mirror image if validation does
  const options = { classes, color, dropout, bnMomentum, zeroInitResidual, side, mirror };
  return model === 'fer_mobilenetv3' ? new FerMobileNetV3({ ...options, variant }) : getModel(model, options);
}
