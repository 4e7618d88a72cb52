import type { SafetensorsDtype } from './safetensors-header.ts';
import { TorchFileError } from './torch-bytes.ts';
import type { PickleHooks, PickleValue } from './torch-pickle.ts';
import { STORAGE_DTYPES, TorchStorage, TorchTensor } from './torch-tensor.ts';

/** What a file of `torch.save` holds: dicts are Maps in their order, lists and tuples arrays. */
export type TorchValue = PickleValue<TorchTensor>;

/** What only serves the reading: a storage's class, and a function that makes a tensor or a dict. */
export type Opaque = StorageClass | Builder | TorchStorage | TorchTensor;
type Args = PickleValue<Opaque>[];

class StorageClass {
  readonly dtype: SafetensorsDtype;

  constructor(dtype: SafetensorsDtype) {
    this.dtype = dtype;
  }
}

class Builder {
  readonly build: (args: Args) => PickleValue<Opaque>;

  constructor(build: (args: Args) => PickleValue<Opaque>) {
    this.build = build;
  }
}

const BUILDERS: ReadonlyMap<string, Builder> = new Map([
  ['collections.OrderedDict', new Builder(orderedDict)],
  ['torch._utils._rebuild_tensor_v2', new Builder(rebuildTensor)],
  ['torch._utils._rebuild_parameter', new Builder(rebuildParameter)],
]);

/**
 * What a state dict may ask for, and nothing beyond.
 *
 * @param storages filled with the storages that tensors lie in, by key
 * @param load gives a storage's bytes, once they are wanted
 */
export function torchHooks(
  storages: Map<string, TorchStorage>,
  load: (storage: TorchStorage) => Uint8Array<ArrayBuffer>,
): PickleHooks<Opaque> {
  return {
    global(module, name) {
      const isTorch = module === 'torch' || module === 'torch.cuda';
      const dtype = isTorch ? STORAGE_DTYPES.get(name) : undefined;
      if (dtype !== undefined) return new StorageClass(dtype);
      const builder = BUILDERS.get(`${module}.${name}`);
      if (builder) return builder;
      return fail(
        `it asks for "${module}.${name}", which is refused: only state dicts of tensors are read, and no code of a ` +
          'file is run. In PyTorch: torch.save(model.state_dict(), "weights.pth")',
      );
    },
    call(callee, args) {
      return callee instanceof Builder ? callee.build(args) : fail('it calls what is no function');
    },
    persistent(id) {
      const [kind, storageClass, key, , length, view = null] = Array.isArray(id) ? id : [];
      const isStorage = kind === 'storage' && storageClass instanceof StorageClass && typeof key === 'string';
      if (!isStorage || !isCount(length)) return fail('it refers to something outside that is no storage');
      if (view !== null)
        return fail('it has views of storages, which PyTorch wrote before 0.4; save it again');
      const { dtype } = storageClass;
      const known = storages.get(key);
      if (known && (known.dtype !== dtype || known.length !== length)) {
        return fail(
          `storage "${key}" is ${known.length} of ${known.dtype} here, ${length} of ${dtype} there`,
        );
      }
      const storage = known ?? new TorchStorage(key, dtype, length, load);
      storages.set(key, storage);
      return storage;
    },
  };
}

/** The value at the top of a file. Deeper ones that only serve the reading are never looked at. */
export function torchValue(value: PickleValue<Opaque>): TorchValue {
  if (value instanceof StorageClass || value instanceof Builder || value instanceof TorchStorage) {
    return fail('it holds no tensors');
  }
  return value as TorchValue;
}

function orderedDict(args: Args): PickleValue<Opaque> {
  const [pairs = []] = args;
  const dict = new Map<string, PickleValue<Opaque>>();
  if (args.length > 1 || !Array.isArray(pairs)) return fail('an OrderedDict is made from no list of pairs');
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      return fail('an OrderedDict is made from no list of pairs');
    }
    dict.set(pair[0], pair[1] as PickleValue<Opaque>);
  }
  return dict;
}

/** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata) */
function rebuildTensor([storage, offset, shape, strides]: Args): TorchTensor {
  if (!(storage instanceof TorchStorage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    return fail('a tensor is made without storage, offset, shape and strides');
  }
  return new TorchTensor(storage, offset, [...shape], [...strides]);
}

/** _rebuild_parameter(data, requires_grad, backward_hooks) */
function rebuildParameter([tensor]: Args): TorchTensor {
  return tensor instanceof TorchTensor ? tensor : fail('a parameter is made without a tensor');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every(isCount);
}

function fail(message: string): never {
  throw new TorchFileError(`PyTorch file: ${message}`);
}
