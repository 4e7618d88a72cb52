// One run of a network, with the input and output of every layer kept on the GPU.
import {
  Conv2d,
  type ImageClassifier,
  keep,
  type Module,
  observe,
  scope,
  softmax,
  type Tensor,
} from 'feathergrad';

/** One call of a module. */
export interface Step {
  /** path in the network, such as `features.5.block.0.0` */
  path: string;
  module: Module;
  input: Tensor;
  output: Tensor;
}

/** A part of the network that the first level shows, with its operators in the order in which they ran. */
export interface Block {
  path: string;
  type: string;
  output: Tensor;
  operators: Step[];
  /** whether the output is computed from the operators by an addition, activation or concatenation of the block */
  isCombined: boolean;
}

export class Trace {
  readonly model: ImageClassifier;
  readonly image: Tensor;
  readonly steps: readonly Step[];
  readonly blocks: readonly Block[];
  readonly probabilities: Tensor;
  private readonly values = new WeakMap<object, Promise<Float32Array>>();

  /**
   * Runs the network in evaluation mode, with its layers separate: convolution and batch norm are not fused, so that each
   * has its own output.
   * @param image [1, side, side, 3], normalized; it is not disposed with the trace
   */
  constructor(model: ImageClassifier, image: Tensor) {
    this.model = model;
    this.image = image;
    const paths = new Map([...model.namedModules()].map(([path, module]) => [module, path]));
    const steps: Step[] = [];
    model.eval();
    this.probabilities = scope(() => {
      const logits = observe(
        (module, output, input) => {
          const path = paths.get(module);
          if (!path) return;
          steps.push({ path, module, input: keep(input.alias()), output: keep(output.alias()) });
        },
        () => model.forward(image),
      );
      return softmax(logits.detach());
    });
    this.steps = steps;
    this.blocks = blockModules(model, '').flatMap(([path, module]) => blockOf(path, module, steps) ?? []);
  }

  /** Returns the values of a tensor of the trace; each is read once. */
  read(tensor: Tensor): Promise<Float32Array> {
    let found = this.values.get(tensor);
    if (!found) {
      found = tensor.data().then((data) => data as Float32Array);
      this.values.set(tensor, found);
    }
    return found;
  }

  /** Returns the operator whose output is this tensor's memory, with the same shape. */
  producerOf(input: Tensor): Step | null {
    return (
      this.steps.findLast(
        ({ module, output }) =>
          isOperator(module) &&
          output.storage === input.storage &&
          output.shape.join() === input.shape.join(),
      ) ?? null
    );
  }

  /** Returns the operator that reads this operator's output. */
  consumerOf(step: Step): Step | null {
    const next = this.steps.find(
      ({ module, input }) =>
        isOperator(module) && input.storage === step.output.storage && module !== step.module,
    );
    return next ?? null;
  }

  blockOf(path: string): Block | null {
    return this.blocks.find((block) => path === block.path || path.startsWith(`${block.path}.`)) ?? null;
  }

  dispose(): void {
    for (const { input, output } of this.steps) {
      input.dispose();
      output.dispose();
    }
    this.probabilities.dispose();
  }
}

/** Whether the second level shows a module: layers without parts, and gates, which multiply their input. */
export const isOperator = (module: Module): boolean => module.children().length === 0 || isGate(module);

export const isGate = ({ type }: Module): boolean =>
  type === 'CoordinateAttention' || type.startsWith('SqueezeExcit');

/** Sequences whose parts have parts themselves are opened; everything else is a block. */
function blockModules(module: Module, path: string): [string, Module][] {
  const inner = module.children();
  const isOpen =
    path === '' ||
    ((module.type === 'Sequential' || module.type === 'Chain') &&
      inner.some(([, child]) => child.children().length > 0));
  if (!isOpen) return [[path, module]];
  return inner.flatMap(([name, child]) => blockModules(child, path ? `${path}.${name}` : name));
}

function blockOf(path: string, module: Module, steps: readonly Step[]): Block | null {
  const inside = steps.filter((step) => step.path === path || step.path.startsWith(`${path}.`));
  const operators = inside.filter((step) => isOperator(step.module));
  const last = operators.at(-1);
  if (!last) return null;
  const output = inside.find((step) => step.path === path)?.output ?? last.output;
  return { path, type: module.type, output, operators, isCombined: output.storage !== last.output.storage };
}

/** Height, width and channels of a tensor [1, H, W, C] or [1, C]. */
export function sizeOf({ shape }: Tensor): { height: number; width: number; channels: number } {
  const [height = 1, width = 1, channels = 1] = shape.length === 4 ? shape.slice(1) : [1, 1, shape.at(-1)];
  return { height, width, channels };
}

/** Returns a short description of an operator. */
export function describe({ module }: Step): string {
  const { kernelSize, stride, activation } = module as Partial<{
    kernelSize: number[];
    stride: number[];
    activation: string;
  }>;
  const parts = [module.type];
  if (Array.isArray(kernelSize)) parts.push(kernelSize.join(' × '));
  if (Array.isArray(stride) && Math.max(...stride) > 1) parts.push(`stride ${Math.max(...stride)}`);
  if (module instanceof Conv2d && module.groups > 1) parts.push(`${module.groups} groups`);
  if (typeof activation === 'string' && activation !== 'none') parts.push(`then ${activation}`);
  return parts.join(', ');
}
