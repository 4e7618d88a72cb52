import type { Recording } from '../gpu/recording.ts';
import type { Storage } from '../gpu/storage.ts';
import { writeTime } from '../gpu/write-log.ts';
import { keep } from './scope.ts';
import type { Tensor } from './tensor.ts';

/**
 * What saved a tensor: the operation, the path of its layer, and the capture in which it ran (null outside of a
 * capture).
 */
export interface SavedBy {
  readonly name: string;
  readonly path: string;
  readonly recording: Recording | null;
}

/**
 * A tensor that an operation keeps for its backward pass. The memory is shared, not copied. `checkSaved` of
 * `check-saved.ts` finds writes to it before the backward pass; that file is loaded with `backward()`.
 */
export class SavedTensor {
  readonly tensor: Tensor;
  readonly storage: Storage;
  readonly time = writeTime();
  readonly by: SavedBy;
  /** index among the operation's inputs, -1 for its result, or what the tensor is to the operation */
  readonly role: number | string;

  constructor(tensor: Tensor, by: SavedBy, role: number | string) {
    this.tensor = keep(tensor.alias());
    this.storage = tensor.storage;
    this.by = by;
    this.role = role;
  }

  dispose(): void {
    this.tensor.dispose();
  }
}
