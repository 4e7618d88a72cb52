// Explanations of operators that add up many numbers: convolutions, products with a matrix, and pooling.
import { type AvgPool2d, Conv2d, type DepthwiseConv2d, type Linear, MaxPool2d } from 'feathergrad';
import { type Context, digits, type Explanation, indexOf, type Line, type Term } from './explanation.ts';
import { sizeOf } from './trace.ts';

export async function convolution(
  { trace, step, place, input, kernel }: Context,
  module: Conv2d | DepthwiseConv2d,
): Promise<Explanation> {
  const size = sizeOf(step.input);
  const outputs = sizeOf(step.output).channels;
  const [weights, bias] = await Promise.all([
    trace.read(module.weight.value),
    module.bias ? trace.read(module.bias.value) : null,
  ]);
  const groups = module instanceof Conv2d ? module.groups : size.channels;
  const perGroup = size.channels / groups;
  const first = Math.floor(place.channel / (outputs / groups)) * perGroup;
  const [top, left] = startOf(module, size);
  const [height, width] = module.kernelSize;
  const terms: Term[] = [];
  for (let r = 0; r < height; r++) {
    for (let s = 0; s < width; s++) {
      const row = place.row * module.stride[0] + r * module.dilation[0] - top;
      const column = place.column * module.stride[1] + s * module.dilation[1] - left;
      const isInside = row >= 0 && row < size.height && column >= 0 && column < size.width;
      for (let c = 0; c < perGroup; c++) {
        const from = { channel: first + c, row, column };
        const weightAt = ((r * width + s) * perGroup + c) * outputs + place.channel;
        const x = isInside ? (input[indexOf(size, from)] as number) : 0;
        const w = weights[weightAt] as number;
        terms.push({ from, isInside, x, w, product: x * w, weightAt });
      }
    }
  }
  return summed(terms, bias?.[place.channel] ?? null, kernel, 'the window · the weights');
}

/** Zeros above and to the left of the image. */
function startOf(
  module: Conv2d | DepthwiseConv2d,
  size: { height: number; width: number },
): [number, number] {
  const { padding, kernelSize, stride, dilation } = module;
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') {
    const along = (axis: 0 | 1) => {
      const n = axis === 0 ? size.height : size.width;
      const reach = (kernelSize[axis] - 1) * dilation[axis] + 1;
      const total = (Math.ceil(n / stride[axis]) - 1) * stride[axis] + reach - n;
      return Math.max(0, total) >> 1;
    };
    return [along(0), along(1)];
  }
  if (typeof padding === 'number') return [padding, padding];
  const [down, across] = padding;
  return [typeof down === 'number' ? down : down[0], typeof across === 'number' ? across : across[0]];
}

export async function linear(
  { trace, step, place, input, kernel }: Context,
  module: Linear,
): Promise<Explanation> {
  const outputs = sizeOf(step.output).channels;
  const [weights, bias] = await Promise.all([
    trace.read(module.weight.value),
    module.bias ? trace.read(module.bias.value) : null,
  ]);
  const terms = Array.from(input, (x, channel): Term => {
    const weightAt = channel * outputs + place.channel;
    const w = weights[weightAt] as number;
    return { from: { channel, row: 0, column: 0 }, isInside: true, x, w, product: x * w, weightAt };
  });
  return summed(terms, bias?.[place.channel] ?? null, kernel, 'all inputs · their weights');
}

function summed(terms: Term[], bias: number | null, kernel: number, what: string): Explanation {
  const sum = terms.reduce((total, { product }) => total + product, 0);
  const lines: Line[] = [{ name: 'Sum', text: `of ${terms.length} products`, value: sum }];
  if (bias !== null)
    lines.push({ name: 'Bias', text: `${digits(sum)} + ${digits(bias)}`, value: sum + bias });
  return {
    formula: `y = ${what}${bias === null ? '' : ' + bias'}`,
    terms,
    lines,
    computed: sum + (bias ?? 0),
    kernel,
  };
}

export function pool(
  { step, place, input, kernel }: Context,
  module: MaxPool2d | AvgPool2d,
): Explanation | null {
  const size = sizeOf(step.input);
  const { channel } = place;
  const dilation = module instanceof MaxPool2d ? module.dilation : [1, 1];
  const terms: Term[] = [];
  for (let r = 0; r < module.kernelSize[0]; r++) {
    for (let s = 0; s < module.kernelSize[1]; s++) {
      const row = place.row * module.stride[0] + r * (dilation[0] as number) - module.padding[0];
      const column = place.column * module.stride[1] + s * (dilation[1] as number) - module.padding[1];
      if (row < 0 || row >= size.height || column < 0 || column >= size.width) continue;
      const from = { channel, row, column };
      const x = input[indexOf(size, from)] as number;
      terms.push({ from, isInside: true, x, w: null, product: x, weightAt: -1 });
    }
  }
  if (module instanceof MaxPool2d) {
    const computed = Math.max(...terms.map(({ x }) => x));
    const line = { name: 'Maximum', text: `of ${terms.length} numbers`, value: computed };
    return { formula: 'y = the largest number of the window', terms, lines: [line], computed, kernel };
  }
  const isWhole = terms.length === module.kernelSize[0] * module.kernelSize[1];
  if (!isWhole || module.divisorOverride !== null) return null;
  return { ...mean(terms, kernel), formula: 'y = the mean of the window' };
}

export function wholeMean({ step, place, input, kernel }: Context): Explanation | null {
  const [size, output] = [sizeOf(step.input), sizeOf(step.output)];
  if (output.height * output.width !== 1) return null;
  const terms = Array.from({ length: size.height * size.width }, (_, i): Term => {
    const from = { channel: place.channel, row: Math.floor(i / size.width), column: i % size.width };
    const x = input[indexOf(size, from)] as number;
    return { from, isInside: true, x, w: null, product: x, weightAt: -1 };
  });
  return { ...mean(terms, kernel), formula: 'y = the mean of the map' };
}

function mean(terms: Term[], kernel: number): Omit<Explanation, 'formula'> {
  const sum = terms.reduce((total, { x }) => total + x, 0);
  const computed = sum / terms.length;
  const lines = [
    { name: 'Sum', text: `of ${terms.length} numbers`, value: sum },
    { name: 'Mean', text: `${digits(sum)} / ${terms.length}`, value: computed },
  ];
  return { terms, lines, computed, kernel };
}
