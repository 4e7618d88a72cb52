import { TorchFileError } from './torch-bytes.ts';
import { TorchObject, type TorchValue } from './torch-object.ts';
import type { PickleHooks } from './torch-pickle.ts';
import { StorageView, TorchStorage, TorchTensor } from './torch-tensor.ts';
import { DTYPES, FOREIGN_STORAGE_BYTES, STORAGE_DTYPES, type StorageDtype } from './torch-types.ts';

type Value = TorchValue;

class StorageClass extends TorchObject {
  readonly dtype: StorageDtype;

  constructor(name: string, dtype: StorageDtype) {
    super(`torch.${name}`);
    this.dtype = dtype;
  }
}

/** `torch.float32` and the like. */
class DtypeName extends TorchObject {
  readonly name: string;

  constructor(name: string) {
    super(`torch.${name}`);
    this.name = name;
  }
}

/** A Python function that the reader knows, and its implementation here. */
class Builder extends TorchObject {
  readonly build: (args: Value[]) => Value;

  constructor(name: string, build: (args: Value[]) => Value) {
    super(name);
    this.build = build;
  }
}

const BUILDERS: ReadonlyMap<string, (args: Value[]) => Value> = new Map<string, (args: Value[]) => Value>([
  ['collections.OrderedDict', orderedDict],
  ['collections.defaultdict', () => new Map()],
  ['torch.Size', sequence],
  ['builtins.set', sequence],
  ['__builtin__.set', sequence],
  ['builtins.frozenset', sequence],
  ['__builtin__.frozenset', sequence],
  ['copyreg._reconstructor', reconstructed],
  ['copy_reg._reconstructor', reconstructed],
  ['numpy.core.multiarray._reconstruct', reconstructed],
  ['numpy._core.multiarray._reconstruct', reconstructed],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTypedTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch._utils._rebuild_parameter_with_state', rebuildParameter],
  ['torch._tensor._rebuild_from_type', rebuildSubclass],
  ['torch._tensor._rebuild_from_type_v2', rebuildSubclass],
]);

/**
 * Resolves the globals of a PyTorch file: the functions that build tensors and plain containers are known; calling any
 * other global results in a `TorchObject`.
 *
 * @param storages filled with the storages of the tensors, by key
 * @param load returns a storage's bytes; called on first use
 */
export function torchHooks(
  storages: Map<string, TorchStorage>,
  load: (storage: TorchStorage) => Uint8Array<ArrayBuffer>,
): PickleHooks<TorchTensor | TorchObject> {
  return {
    global(module, name) {
      if (module === 'torch' || module === 'torch.cuda' || module === 'torch.storage') {
        const dtype = STORAGE_DTYPES.get(name);
        const foreign = FOREIGN_STORAGE_BYTES.get(name);
        if (dtype !== undefined) return new StorageClass(name, dtype);
        if (foreign !== undefined) return new StorageClass(name, { name, bytes: foreign });
        if (module === 'torch' && DTYPES.has(name)) return new DtypeName(name);
      }
      const path = `${module}.${name}`;
      const build = BUILDERS.get(path);
      return build ? new Builder(path, build) : new TorchObject(path);
    },
    call,
    persistent: (id) => storageOf(id, storages, load),
    setState(target, state) {
      if (target instanceof TorchObject) target.state = state;
    },
    setItem(target, key, value) {
      if (!(target instanceof TorchObject)) fail('it sets items of something that is not a dict');
      target.items.set(key, value);
    },
    append(target, item) {
      if (!(target instanceof TorchObject)) fail('it appends to something that is not a list');
      target.list.push(item);
    },
  };
}

function call(callee: TorchTensor | TorchObject, args: Value[]): Value {
  if (callee instanceof Builder) return callee.build(args);
  if (callee instanceof TorchObject) return new TorchObject(callee.type, args);
  return fail('it calls something that is not a function');
}

/** Storages: ('storage', class, key, location, elements, view). Modules in the old format: ('module', class, ...). */
function storageOf(
  id: Value,
  storages: Map<string, TorchStorage>,
  load: (storage: TorchStorage) => Uint8Array<ArrayBuffer>,
): StorageView | TorchObject {
  const [kind, storageClass, key, , length, view = null] = Array.isArray(id) ? id : [];
  if (kind === 'module' && storageClass instanceof TorchObject) return storageClass;
  const isStorage = kind === 'storage' && storageClass instanceof StorageClass && typeof key === 'string';
  if (!isStorage || !isCount(length)) return fail('a persistent id is not that of a storage');
  const { dtype } = storageClass;
  const known = storages.get(key);
  if (known && (nameOf(known.dtype) !== nameOf(dtype) || known.length !== length)) {
    return fail(
      `storage "${key}" is described as ${known.length} of ${nameOf(known.dtype)} and as ${length} of ${nameOf(dtype)}`,
    );
  }
  const storage = known ?? new TorchStorage(key, dtype, length, load);
  storages.set(key, storage);
  if (view === null) return new StorageView(storage, 0, length);
  // In files from PyTorch before 0.4: (key, first element, elements)
  const [, first, count] = Array.isArray(view) ? view : [];
  if (!isCount(first) || !isCount(count) || first + count > length) {
    return fail(`a view does not fit in storage "${key}" of ${length} elements`);
  }
  return new StorageView(storage, first, count);
}

function nameOf(dtype: StorageDtype): string {
  return typeof dtype === 'string' ? dtype : dtype.name;
}

function orderedDict(args: Value[]): Value {
  const [pairs = []] = args;
  const dict = new Map<Value, Value>();
  if (args.length > 1 || !Array.isArray(pairs))
    return fail('an OrderedDict is not built from a list of pairs');
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      return fail('an OrderedDict is not built from a list of pairs');
    }
    dict.set(pair[0] as Value, pair[1] as Value);
  }
  return dict;
}

function sequence([items = []]: Value[]): Value {
  return Array.isArray(items) ? [...items] : fail('a set is not built from a list');
}

/** _reconstructor(class, base, state): an object of that class. */
function reconstructed([type]: Value[]): Value {
  return new TorchObject(type instanceof TorchObject ? type.type : 'object');
}

/** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata) */
function rebuildTensor([storage, offset, shape, strides, , , metadata]: Value[]): Value {
  if (!(storage instanceof StorageView) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    return fail('a tensor is built without storage, offset, shape and strides');
  }
  const { dtype } = storage.storage;
  if (typeof dtype !== 'string') return new TorchObject(`a tensor of torch.${dtype.name}`);
  // a conjugate or negated view, whose values differ from those in the storage
  if (metadata instanceof Map && [...metadata.values()].includes(true)) {
    return new TorchObject('a tensor with a conjugate or negative bit');
  }
  return new TorchTensor(storage, offset, [...shape], [...strides]);
}

/** _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, backward_hooks, dtype, metadata), over bytes */
function rebuildTypedTensor([
  storage,
  offset,
  shape,
  strides,
  grad = null,
  hooks = null,
  dtype,
  metadata = null,
]: Value[]): Value {
  if (!(storage instanceof StorageView) || !(dtype instanceof DtypeName)) {
    return fail('a tensor is built without storage, offset, shape and strides');
  }
  const element = DTYPES.get(dtype.name) ?? null;
  if (element === null) return new TorchObject(`a tensor of torch.${dtype.name}`);
  const typed = storage.storage.as(element);
  const view = new StorageView(typed, 0, typed.length);
  return rebuildTensor([view, offset ?? null, shape ?? null, strides ?? null, grad, hooks, metadata]);
}

/** _rebuild_parameter(data, requires_grad, backward_hooks) */
function rebuildParameter([tensor]: Value[]): Value {
  const isTensor = tensor instanceof TorchTensor || tensor instanceof TorchObject;
  return isTensor ? tensor : fail('a parameter is built without a tensor');
}

/** _rebuild_from_type_v2(function, type, args, state): a subclass of Tensor, built by a function of PyTorch. */
function rebuildSubclass([make, , args]: Value[]): Value {
  if (!(make instanceof Builder) || !Array.isArray(args))
    return new TorchObject('a subclass of torch.Tensor');
  return make.build(args);
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
