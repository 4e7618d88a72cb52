import {
  type BlockConfig,
  coordinateWidth,
  type NetworkConfig,
  parameterCount,
  squeezeWidth,
} from './fer-mobilenetv3-config.ts';

export interface ModuleCost {
  name: string;
  inputSide: number;
  outputSide: number;
  parameters: number;
  /** Multiply-accumulates of convolutions and linear layers for one picture. */
  macs: number;
}

/** The network's cost, module by module. `cpscaConvolutions` is 2 in the literal form of CPSCA, 1 in the merged. */
export function moduleCosts(config: NetworkConfig, side: number, cpscaConvolutions: 1 | 2 = 2): ModuleCost[] {
  const costs: ModuleCost[] = [];
  let current = side;
  const push = (name: string, outputSide: number, macs: number): void => {
    const parameters = parameterCount(config, `${name}.`);
    costs.push({ name, inputSide: current, outputSide, parameters, macs });
    current = outputSide;
  };
  const half = (extent: number): number => Math.floor((extent - 1) / 2) + 1;
  push('features.0', half(current), half(current) ** 2 * 27 * config.stem);
  config.blocks.forEach((block, i) => {
    const outputSide = block.stride === 2 ? half(current) : current;
    push(`features.${i + 1}`, outputSide, blockMacs(block, current, outputSide, cpscaConvolutions));
  });
  const lastInputs = config.blocks[config.blocks.length - 1]!.outputs;
  push(`features.${config.blocks.length + 1}`, current, current ** 2 * lastInputs * config.tail);
  push(config.hiddenName, 1, config.tail * config.hidden);
  push(config.outputName, 1, config.hidden * config.classes);
  return costs;
}

export function totalMacs(config: NetworkConfig, side: number, cpscaConvolutions: 1 | 2 = 2): number {
  return moduleCosts(config, side, cpscaConvolutions).reduce((total, { macs }) => total + macs, 0);
}

function blockMacs(
  block: BlockConfig,
  inputSide: number,
  outputSide: number,
  cpscaConvolutions: number,
): number {
  const { inputs, expanded, outputs, kernel } = block;
  const expansion = expanded === inputs ? 0 : inputSide ** 2 * inputs * expanded;
  const depthwise = outputSide ** 2 * kernel ** 2 * expanded;
  const projection = outputSide ** 2 * expanded * outputs;
  return expansion + depthwise + attentionMacs(block, outputSide, cpscaConvolutions) + projection;
}

function attentionMacs(
  { attention, expanded }: BlockConfig,
  side: number,
  cpscaConvolutions: number,
): number {
  if (attention === 'none') return 0;
  if (attention === 'se') return 2 * expanded * squeezeWidth(expanded);
  const oneConvolution = 2 * side * expanded * coordinateWidth(expanded);
  return oneConvolution * ((attention === 'cpsca' ? cpscaConvolutions : 1) + 1);
}
