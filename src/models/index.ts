export { Chain } from '../layers/chain.ts';
export { Composite, type Steps } from '../layers/composite.ts';
export { EfficientNet, efficientnet_b0 } from './efficientnet.ts';
export { GhostNet, ghostnet } from './ghostnet.ts';
export { LeNet5, lenet5 } from './lenet.ts';
export { MobileNetV1, mobilenet_v1 } from './mobilenetv1.ts';
export { MobileNetV2, mobilenet_v2 } from './mobilenetv2.ts';
export { MobileNetV3, mobilenet_v3_large, mobilenet_v3_small } from './mobilenetv3.ts';
export { type ModelFacts, modelOf } from './model-of.ts';
export { MODEL_NAMES, type ModelName } from './names.ts';
export {
  FeatureNetwork,
  Network,
  type NetworkOptions,
  type NormConstants,
  type Published,
} from './network.ts';
export { getModel, listModels, modelFor, type NetworkSettings } from './registry.ts';
export { ResNet, resnet18, resnet20 } from './resnet.ts';
export { ShuffleNetV2, shufflenet_v2_x0_5, shufflenet_v2_x1_0 } from './shufflenetv2.ts';
export { SqueezeNet, squeezenet1_1 } from './squeezenet.ts';
