import type { Module } from '../layers/module.ts';
import { ModuleBuffer, Parameter } from '../layers/parameter.ts';
import { full } from '../tensor/create.ts';
import { keep, scope } from '../tensor/scope.ts';
import type { Shape } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Classifier, logitsAndEmbedding, type Outputs } from './classifier.ts';

/** A model whose modules before `head` are replaced. */
export class FeatureSplit {
  /** of a batch of features */
  readonly shape: Shape;
  readonly head: Module;
  private readonly model: Classifier;
  private readonly replaced: readonly Module[];
  private readonly images: Tensor;
  private readonly blanks = new Map<string, Tensor>();

  constructor(model: Classifier, head: Module, shape: Shape, images: Shape) {
    this.model = model;
    this.head = head;
    this.shape = [...shape];
    const inHead = new Set([...head.namedModules()].map(([, module]) => module));
    this.replaced = [...model.namedModules()]
      .map(([, module]) => module)
      .filter((module) => !inHead.has(module) && ![...module.namedModules()].some(([, one]) => one === head));
    this.images = this.blank(images);
  }

  forward(features: Tensor): Outputs {
    let reached = false;
    const undo: (() => void)[] = [];
    const replace = (module: Module, call: Module['call']) => {
      Object.defineProperty(module, 'call', { value: call, configurable: true });
      undo.push(() => Reflect.deleteProperty(module, 'call'));
    };
    for (const module of this.replaced) {
      const call = module.call.bind(module);
      replace(module, (x, ...more) =>
        reached ? call(x, ...more) : this.blank(module.outputShape(x.shape)).alias(),
      );
    }
    const call = this.head.call.bind(this.head);
    replace(this.head, (x, ...more) => {
      const input = reached ? x : features;
      reached = true;
      return call(input, ...more);
    });
    try {
      return logitsAndEmbedding(this.model, this.images);
    } finally {
      for (const one of undo) one();
    }
  }

  /** Returns the logits of features, or null if the model does not work with replaced modules. */
  async logitsOf(features: Tensor): Promise<ArrayBufferView | null> {
    let logits: Tensor;
    try {
      logits = scope(() => keep(this.forward(features).logits.detach()));
    } catch {
      return null;
    }
    const data = await logits.data();
    logits.dispose();
    return data;
  }

  /**
   * The values on which the features depend: parameters and buffers of the replaced modules, without those that training
   * changes, which belong to modules after the head.
   */
  get body(): Tensor[] {
    return this.replaced.flatMap((module) =>
      Object.values(module).flatMap((value) => {
        const isFixed =
          (value instanceof Parameter && !value.requiresGrad) ||
          (value instanceof ModuleBuffer && !module.training);
        return isFixed ? [value.value] : [];
      }),
    );
  }

  /** Runs the whole model off the tape and returns the input of the head. */
  featuresOf(images: Tensor): Tensor {
    const { head } = this;
    const call = head.call.bind(head);
    let features: Tensor | null = null;
    Object.defineProperty(head, 'call', {
      configurable: true,
      value: (x: Tensor, ...more: Tensor[]) => {
        features ??= keep(x.alias());
        return call(x, ...more);
      },
    });
    try {
      scope(() => noGrad(() => logitsAndEmbedding(this.model, images)));
    } finally {
      Reflect.deleteProperty(head, 'call');
    }
    return features as unknown as Tensor;
  }

  dispose(): void {
    for (const tensor of this.blanks.values()) tensor.dispose();
  }

  /** Returns a tensor of NaN. */
  private blank(shape: Shape): Tensor {
    const key = shape.join();
    const known = this.blanks.get(key);
    if (known) return known;
    const { device } = this.model;
    const made = device.withOwner('data', () => scope(() => keep(full(device, shape, Number.NaN))));
    this.blanks.set(key, made);
    return made;
  }
}
