// The public API in one list. Node's device, data sets and file formats have separate subpaths.

export { IMAGENET_MEAN, IMAGENET_STD } from './data/imagenet.ts';
export type { Capture } from './gpu/capture.ts';
export type { TunedAdapter, TuningTable } from './gpu/choices.ts';
export type { CompileProgress, OnCompile } from './gpu/compile-progress.ts';
export { type CreateDeviceOptions, createDevice } from './gpu/create-device.ts';
export { Device } from './gpu/device.ts';
export type { DispatchSpec } from './gpu/dispatch.ts';
export {
  DeviceLimitError,
  DeviceLostError,
  GpuOutOfMemoryError,
  GpuValidationError,
  WebGPUUnavailableError,
} from './gpu/errors.ts';
export { Kernel, type ParamValue } from './gpu/kernel.ts';
export type { MemoryReport } from './gpu/memory.ts';
export type { ProfileRow } from './gpu/profiler.ts';
export type { Stats } from './gpu/stats.ts';
export type { Owner } from './gpu/storage.ts';
export {
  ELU,
  GELU,
  Hardsigmoid,
  Hardswish,
  LeakyReLU,
  ReLU,
  ReLU6,
  Sigmoid,
  SiLU,
  Softplus,
  Tanh,
} from './layers/activations.ts';
export { BatchNorm1d, type BatchNorm1dOptions } from './layers/batch-norm1d.ts';
export { BatchNorm2d, type BatchNorm2dOptions } from './layers/batch-norm2d.ts';
export {
  ConvNormActivation,
  type ConvNormOptions,
  DepthwiseNormActivation,
} from './layers/conv-norm-activation.ts';
export { ConvTranspose2d, type ConvTranspose2dOptions } from './layers/conv-transpose2d.ts';
export { Conv2d, type Conv2dOptions } from './layers/conv2d.ts';
export {
  CoordinateAttention,
  type CoordinateAttentionOptions,
} from './layers/coordinate-attention.ts';
export { type CostRow, CostSheet } from './layers/cost-sheet.ts';
export { DepthwiseConv2d, type DepthwiseConv2dOptions } from './layers/depthwise-conv2d.ts';
export { DropPath } from './layers/drop-path.ts';
export { Dropout } from './layers/dropout.ts';
export { Dropout2d } from './layers/dropout2d.ts';
export { requireFiniteLogits } from './layers/finite-logits.ts';
export { Flatten } from './layers/flatten.ts';
export {
  GroupNorm,
  type GroupNormOptions,
  LayerNorm,
  type LayerNormOptions,
} from './layers/group-norm.ts';
export { type Init, kaimingFanOut, ONES, uniformFanIn, ZEROS } from './layers/initialize.ts';
export {
  type Attention,
  InvertedResidual,
  type InvertedResidualOptions,
} from './layers/inverted-residual.ts';
export { Linear, type LinearOptions } from './layers/linear.ts';
export { Module } from './layers/module.ts';
export { ModuleDict, ModuleList } from './layers/module-list.ts';
export { observe } from './layers/observe.ts';
export { type ImagePadding, ReflectionPad2d, ReplicationPad2d, ZeroPad2d } from './layers/padding.ts';
export { ModuleBuffer, Parameter } from './layers/parameter.ts';
export {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool2d,
  type AvgPoolOptions,
  AxisPool,
  MaxPool2d,
  type MaxPoolOptions,
} from './layers/pooling.ts';
export { ChannelShuffle, Upsample } from './layers/resampling.ts';
export { Sequential } from './layers/sequential.ts';
export { SqueezeExcitation } from './layers/squeeze-excitation.ts';
export type { StateDict, StateEntry } from './layers/state-dict.ts';
export type { TorchLayout } from './layers/torch-layout.ts';
export { BCEWithLogitsLoss } from './loss/bce-with-logits-loss.ts';
export { CenterLoss, type CenterLossOptions } from './loss/center-loss.ts';
export { classWeights } from './loss/class-weights.ts';
export { CrossEntropyLoss, type CrossEntropyLossOptions } from './loss/cross-entropy-loss.ts';
export { L1Loss, MSELoss, SmoothL1Loss } from './loss/distance-losses.ts';
export { DistillationLoss, type DistillationLossOptions } from './loss/distillation-loss.ts';
export { KLDivLoss } from './loss/kl-div-loss.ts';
export type { Loss, LossBatch, LossFunction, LossParts, LossRun } from './loss/loss.ts';
export { SoftmaxCenterLoss, type SoftmaxCenterLossOptions } from './loss/softmax-center-loss.ts';
export {
  type AttentionMap,
  type AttentionTensor,
  attentionMaps,
  withAttention,
} from './models/fer-mobilenetv3/attention-maps.ts';
export { FER_CLASSES, type ImageColor, VARIANTS, type Variant } from './models/fer-mobilenetv3/config.ts';
export type { DownloadProgress } from './models/fer-mobilenetv3/download.ts';
export {
  FerMobileNetV3,
  type FerMobileNetV3Options,
} from './models/fer-mobilenetv3/fer-mobilenetv3.ts';
export type { PretrainedOptions } from './models/fer-mobilenetv3/pretrained.ts';
export type { NetworkFacts } from './models/fer-mobilenetv3/pretrained-metadata.ts';
export { pretrainedUrl } from './models/fer-mobilenetv3/pretrained-url.ts';
export { WeightsError } from './models/fer-mobilenetv3/weights-error.ts';
export {
  type CompileOptions,
  ImageClassifier,
  type ImageClassifierOptions,
  type Prediction,
  type PredictOptions,
  type TrainableParts,
} from './models/image-classifier.ts';
export {
  type PredictionOptions,
  predictionLogits,
  probabilitiesOf,
} from './models/prediction.ts';
export { ModelSummary, type SummaryRow } from './models/summary.ts';
export { Adam, type AdamOptions, AdamW } from './optim/adam.ts';
export { Optimizer, type OptimizerOptions } from './optim/optimizer.ts';
export type { ParameterGroup, ParameterSource } from './optim/parameter-groups.ts';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './optim/reduce-lr-on-plateau.ts';
export { RMSprop, type RMSpropOptions } from './optim/rmsprop.ts';
export { type AnyOptimizer, SAM, type SAMOptions } from './optim/sam.ts';
export {
  ConstantLR,
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  OneCycleLR,
  type OneCycleLROptions,
  type Progress,
  type Schedule,
  StepLR,
  type StepLROptions,
} from './optim/schedules.ts';
export type { SettingsValue, TypedSettings } from './optim/settings.ts';
export { SGD, type SGDOptions } from './optim/sgd.ts';
export { type BackwardOptions, backward } from './tensor/backward.ts';
export { checkpoint } from './tensor/checkpoint.ts';
export {
  full,
  ones,
  type RandomOptions,
  rand,
  randn,
  type TensorOptions,
  tensor,
  zeros,
} from './tensor/create.ts';
export { DTypeError, ShapeError } from './tensor/errors.ts';
export {
  Frame,
  type FrameSource,
  type FrameWindow,
  FrameWindows,
  frameToTensor,
} from './tensor/frame.ts';
export {
  assertGradcheck,
  type GradcheckElement,
  GradcheckError,
  type GradcheckOptions,
  type GradcheckResult,
  gradcheck,
} from './tensor/gradcheck.ts';
export type { NestedArray } from './tensor/host-values.ts';
export { type ImageLike, imagesToTensor, type RawImage, type ResizeOptions } from './tensor/image.ts';
export { NonFiniteError } from './tensor/non-finite-error.ts';
export {
  elu,
  type GeluApproximation,
  gelu,
  leakyRelu,
  silu,
  softplus,
  tanh,
} from './tensor/ops/activation.ts';
export { axisPool } from './tensor/ops/axis-pool.ts';
export {
  type Activation,
  type BatchNormOptions,
  batchNorm,
  type RunningStatistics,
} from './tensor/ops/batch-norm.ts';
export { add, div, mul, type Operand, sub } from './tensor/ops/binary.ts';
export { expand, sum } from './tensor/ops/broadcast.ts';
export { cast } from './tensor/ops/cast.ts';
export { type CenterKind, centerLoss, drawCenters, moveCenters } from './tensor/ops/center-loss.ts';
export { channelGate } from './tensor/ops/channel-gate.ts';
export { channelShuffle } from './tensor/ops/channel-shuffle.ts';
export { type Bound, clamp } from './tensor/ops/clamp.ts';
export { equal, greater, greaterEqual, less, lessEqual, notEqual } from './tensor/ops/compare.ts';
export { concat } from './tensor/ops/concat.ts';
export { type ConvTransposeOptions, convTranspose2d } from './tensor/ops/conv-transpose2d.ts';
export { conv2d } from './tensor/ops/conv2d.ts';
export type { ConvolutionOptions, Padding, Pair, WindowOptions } from './tensor/ops/convolution-geometry.ts';
export { coordinateGate } from './tensor/ops/coordinate-gate.ts';
export { type CoordinatePooling, coordinatePool } from './tensor/ops/coordinate-pool.ts';
export { type CrossEntropyOptions, crossEntropy, type Reduction } from './tensor/ops/cross-entropy.ts';
export { type DepthwiseOptions, depthwiseConv2d } from './tensor/ops/depthwise-conv2d.ts';
export { dropout } from './tensor/ops/dropout.ts';
export { maximum, minimum } from './tensor/ops/extremum.ts';
export { flip } from './tensor/ops/flip.ts';
export { gatherRows } from './tensor/ops/gather.ts';
export { gather, scatterAdd } from './tensor/ops/gather-axis.ts';
export { globalAvgPool } from './tensor/ops/global-avg-pool.ts';
export { groupNorm, layerNorm, type NormalizedShape, type NormOptions } from './tensor/ops/group-norm.ts';
export { type InterpolateOptions, interpolate } from './tensor/ops/interpolate.ts';
export { linear, matmul } from './tensor/ops/matmul.ts';
export { oneHot } from './tensor/ops/one-hot.ts';
export { type PadAmounts, type PadOptions, pad } from './tensor/ops/pad.ts';
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  type KLDivOptions,
  klDiv,
  l1Loss,
  mseLoss,
  type PairLossOptions,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from './tensor/ops/pair-loss.ts';
export { mT, permute, transpose } from './tensor/ops/permute.ts';
export {
  type AdaptiveSize,
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
  type Pool2dOptions,
} from './tensor/ops/pool2d.ts';
export { pow } from './tensor/ops/pow.ts';
export { argMax, argMin, max, mean, min } from './tensor/ops/reduce.ts';
export { flatten, reshape } from './tensor/ops/reshape.ts';
export { ceil, floor, round, sign } from './tensor/ops/rounding.ts';
export { cumsum, prod } from './tensor/ops/scan.ts';
export { cos, sin } from './tensor/ops/sine.ts';
export { slice } from './tensor/ops/slice.ts';
export { logSoftmax, softmax } from './tensor/ops/softmax.ts';
export { argsort, sort } from './tensor/ops/sort.ts';
export { chunk, split, stack } from './tensor/ops/split.ts';
export { topk } from './tensor/ops/topk.ts';
export {
  abs,
  exp,
  hardSigmoid,
  hardSwish,
  log,
  neg,
  relu,
  relu6,
  sigmoid,
  sqrt,
} from './tensor/ops/unary.ts';
export { std, variance } from './tensor/ops/variance.ts';
export { where } from './tensor/ops/where.ts';
export { keep, scope } from './tensor/scope.ts';
export { imageShape, type Shape } from './tensor/shape.ts';
export { type Backward, differentiable, type GradientSlots, isGradEnabled, noGrad } from './tensor/tape.ts';
export { type DType, empty, Tensor, type TensorData } from './tensor/tensor.ts';
export { exportTuning, importTuning, tune } from './tensor/tuner/tune.ts';
export type {
  TunedOperation,
  TuneOptions,
  TuningProgress,
  TuningResult,
} from './tensor/tuner/tune-options.ts';
export { type Calibration, type CalibrationBin, calibration } from './train/calibration.ts';
export { checkRecipe } from './train/check-recipe.ts';
export { CheckpointError, decodeCheckpoint, encodeCheckpoint } from './train/checkpoint-file.ts';
export type { Classifier } from './train/classifier.ts';
export { type ClassScore, ConfusionMatrix } from './train/confusion-matrix.ts';
export { DivergedError } from './train/diverged-error.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './train/evaluate.ts';
export {
  type EpochEvent,
  type FitEvent,
  type FitOptions,
  type FitResult,
  type FitRun,
  fit,
  type StepEvent,
  type WarningEvent,
} from './train/fit.ts';
export { estimateMemory, largestBatch, requireRoom, type TrainingMemory } from './train/memory-estimate.ts';
export { MovingAverage } from './train/moving-average.ts';
export { parseSetting } from './train/parse-setting.ts';
export { holdOut, type Plan, type PlanData, type PlannedOptions, plan } from './train/plan.ts';
export { type OpenRecipe, type SettledRecipe, settleRecipe, withDefaults } from './train/recipe-defaults.ts';
export { RECIPE_SETTINGS, SETTING_NAMES } from './train/recipe-settings.ts';
export { RECIPE_NAMES, RECIPES, type Recipe, type RecipeName } from './train/recipes.ts';
export type { RunIdentity } from './train/run-identity.ts';
export type { ChoiceSetting, NumberSetting, RecipeSetting, SwitchSetting } from './train/setting.ts';
export { applyTemperature, fitTemperature } from './train/temperature.ts';
export { freezeExcept } from './train/train-parts.ts';
export { ResumeError, type TrainingState } from './train/training-state.ts';
export type { StepMetrics } from './train/training-step.ts';
export { tuneTraining } from './train/tune-training.ts';
export { wilsonInterval } from './train/wilson-interval.ts';
