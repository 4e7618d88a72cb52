/** Names of the networks; torchvision's where it has the network. */
export const MODEL_NAMES = [
  'fer_mobilenetv3',
  'lenet5',
  'squeezenet1_1',
  'mobilenet_v1',
  'mobilenet_v2',
  'mobilenet_v3_small',
  'mobilenet_v3_large',
  'shufflenet_v2_x0_5',
  'shufflenet_v2_x1_0',
  'efficientnet_b0',
  'ghostnet',
  'resnet18',
  'resnet20',
] as const;
/** A name of `MODEL_NAMES`. */
export type ModelName = (typeof MODEL_NAMES)[number];

/** The names of the publications. */
export const MODEL_LABELS: Record<ModelName, string> = {
  fer_mobilenetv3: 'FER-MobileNetV3',
  lenet5: 'LeNet-5',
  squeezenet1_1: 'SqueezeNet 1.1',
  mobilenet_v1: 'MobileNetV1',
  mobilenet_v2: 'MobileNetV2',
  mobilenet_v3_small: 'MobileNetV3-Small',
  mobilenet_v3_large: 'MobileNetV3-Large',
  shufflenet_v2_x0_5: 'ShuffleNetV2 x0.5',
  shufflenet_v2_x1_0: 'ShuffleNetV2 x1.0',
  efficientnet_b0: 'EfficientNet-B0',
  ghostnet: 'GhostNet',
  resnet18: 'ResNet-18',
  resnet20: 'ResNet-20 (CIFAR)',
};
