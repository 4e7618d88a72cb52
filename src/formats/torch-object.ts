import type { PickleValue } from './torch-literals.ts';
import type { TorchTensor } from './torch-tensor.ts';

/** A value in a file of `torch.save`: dicts are Maps in insertion order; lists, tuples and sets are arrays. */
export type TorchValue = PickleValue<TorchTensor | TorchObject>;

/**
 * A Python object in a PyTorch file that is not a tensor, dict, list, string or number: a NumPy scalar, an
 * `argparse.Namespace`, an instance of a user's class, or a reference to a class or function. The object is not
 * constructed, and none of its code runs; only the name of its type and the stored values are kept.
 */
export class TorchObject {
  /** Python's name of its type, or of the class or function referred to, such as `argparse.Namespace` */
  readonly type: string;
  /** arguments of the call that would construct it in Python */
  readonly args: readonly TorchValue[];
  /** its attributes as stored in the file */
  state: TorchValue = null;
  /** its items, if its type is a subclass of dict */
  readonly items = new Map<TorchValue, TorchValue>();
  /** its elements, if its type is a subclass of list */
  readonly list: TorchValue[] = [];

  constructor(type: string, args: readonly TorchValue[] = []) {
    this.type = type;
    this.args = args;
  }
}
