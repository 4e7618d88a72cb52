import type { PickleValue } from './torch-pickle.ts';
import type { TorchTensor } from './torch-tensor.ts';

/** What a file of `torch.save` holds: dicts are Maps in their order; lists, tuples and sets are arrays. */
export type TorchValue = PickleValue<TorchTensor | TorchObject>;

/**
 * A Python object of a PyTorch file that is not a tensor, a dict, a list, text or a number: a NumPy scalar, an
 * `argparse.Namespace`, an instance of somebody's class, or a reference to a class or function. Nothing of it is run
 * or built. Only its type's name is kept, with what the file stores in it.
 */
export class TorchObject {
  /** Python's name of its type, or of what is referred to, such as `argparse.Namespace` */
  readonly type: string;
  /** arguments of the call that would have built it */
  readonly args: readonly TorchValue[];
  /** its attributes, as the file stores them */
  state: TorchValue = null;
  /** its items, where its type is a kind of dict */
  readonly items = new Map<TorchValue, TorchValue>();
  /** its elements, where its type is a kind of list */
  readonly list: TorchValue[] = [];

  constructor(type: string, args: readonly TorchValue[] = []) {
    this.type = type;
    this.args = args;
  }
}
