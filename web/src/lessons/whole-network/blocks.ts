import {
  CoordinateAttention,
  DepthwiseConv2d,
  type FerMobileNetV3,
  InvertedResidual,
  type Module,
  type Shape,
  SqueezeExcitation,
} from 'feathergrad';

/** A stage of a block whose output can be shown. */
export interface Stage {
  name: string;
  module: Module;
}

/** One row of the network's table. */
export interface Block {
  /** `features.9` */
  name: string;
  /** what it does, in one line */
  what: string;
  module: Module;
  /** of one picture */
  input: Shape;
  output: Shape;
  parameters: number;
  /** multiply-accumulates per image in the paper's form, with complementary pooling as two convolutions */
  macs: number;
  /** its parts in order; the last one's output is the block's */
  stages: readonly Stage[];
}

/** Returns the network block by block, for images of `side` pixels. */
export function blocksOf(model: FerMobileNetV3, side: number): Block[] {
  const rows = new Map(
    model
      .summary(side)
      .byBlock()
      .map((row) => [row.name, row]),
  );
  const { classifier_1: first, classifier_2: second } = model;
  if (!first || !second) throw new Error('the lesson is about the paper’s variant');
  const last = model.features.modules.length - 1;
  let input: Shape = [1, side, side, 3];
  const blocks = model.features.modules.map((module, i) => {
    const block = describe(module, `features.${i}`, i === last ? 'pointwise' : 'stem', input);
    input = block.output;
    return block;
  });
  const pooled = [1, input[3] as number];
  const heads = [
    { name: 'classifier_1', what: 'mean of each map, linear', module: first, input: pooled },
    {
      name: 'classifier_2',
      what: 'hard-swish, dropout, linear',
      module: second,
      input: first.outputShape(pooled),
    },
  ].map((head) => ({
    ...head,
    output: head.module.outputShape(head.input),
    stages: [stage('Output', head.module)],
  }));
  return [...blocks, ...heads].map((block) => {
    const row = rows.get(block.name);
    return { ...block, parameters: row?.parameters ?? 0, macs: row?.macs ?? 0 };
  });
}

const stage = (name: string, module: Module): Stage => ({ name, module });

function describe(module: Module, name: string, kind: 'stem' | 'pointwise', input: Shape) {
  const output = module.outputShape(input);
  if (!(module instanceof InvertedResidual)) {
    const kernel = kind === 'stem' ? '3 × 3 convolution, stride 2' : '1 × 1 convolution';
    return { name, module, input, output, what: `${kernel}, hard-swish`, stages: [stage('Output', module)] };
  }
  const parts = module.block.modules;
  const depthwise = [...module.namedModules()].find(([, part]) => part instanceof DepthwiseConv2d)?.[1];
  const { kernelSize, stride, weight } = depthwise as DepthwiseConv2d;
  const attention = parts.find((part) => attentionOf(part) !== null);
  const at = parts.findIndex((part) => [...part.namedModules()].some(([, one]) => one === depthwise));
  const stages = parts.map((part, i): Stage => {
    if (i === parts.length - 1)
      return stage(module.hasResidual ? 'Projected, plus input' : 'Projected', part);
    if (part === attention) return stage(`After ${attentionOf(part)}`, part);
    return stage(i === at ? 'Filtered' : 'Expanded', part);
  });
  const what = [
    `${input[3]} → ${weight.shape[2]} → ${output[3]}`,
    `${kernelSize[0]} × ${kernelSize[1]}`,
    ...(stride[0] > 1 ? [`stride ${stride[0]}`] : []),
    ...(attention ? [attentionOf(attention)] : []),
    ...(module.hasResidual ? ['+ input'] : []),
  ].join(', ');
  return { name, module, input, output, what, stages };
}

function attentionOf(part: Module): 'SE' | 'CA' | 'CPSCA' | null {
  if (part instanceof SqueezeExcitation) return 'SE';
  if (!(part instanceof CoordinateAttention)) return null;
  return part.pooling === 'complementary' ? 'CPSCA' : 'CA';
}
