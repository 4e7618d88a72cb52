import type { SafetensorsDtype } from './safetensors-header.ts';

/** An element type without a typed array; only its size is known. */
export interface ForeignDtype {
  /** name of the storage class, such as `ComplexFloatStorage` */
  name: string;
  bytes: number;
}

/** The type of a storage's elements. */
export type StorageDtype = SafetensorsDtype | ForeignDtype;

/** Element types of PyTorch's storage classes. */
export const STORAGE_DTYPES: ReadonlyMap<string, SafetensorsDtype> = new Map([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
  ['UntypedStorage', 'U8'],
  ['_UntypedStorage', 'U8'],
]);

/**
 * Storage classes whose tensors are skipped, and their bytes per element, which are needed to find the next storage in
 * the legacy format.
 */
export const FOREIGN_STORAGE_BYTES: ReadonlyMap<string, number> = new Map([
  ['ComplexFloatStorage', 8],
  ['ComplexDoubleStorage', 16],
  ['QInt8Storage', 1],
  ['QUInt8Storage', 1],
  ['QInt32Storage', 4],
  ['QUInt4x2Storage', 1],
  ['QUInt2x4Storage', 1],
]);

/** PyTorch's dtypes by name; tensors of a dtype with null are skipped. */
export const DTYPES: ReadonlyMap<string, SafetensorsDtype | null> = new Map<string, SafetensorsDtype | null>([
  ['float64', 'F64'],
  ['float32', 'F32'],
  ['float16', 'F16'],
  ['bfloat16', 'BF16'],
  ['int64', 'I64'],
  ['int32', 'I32'],
  ['int16', 'I16'],
  ['int8', 'I8'],
  ['uint64', 'U64'],
  ['uint32', 'U32'],
  ['uint16', 'U16'],
  ['uint8', 'U8'],
  ['bool', 'BOOL'],
  ...[
    'complex32',
    'complex64',
    'complex128',
    'float8_e4m3fn',
    'float8_e4m3fnuz',
    'float8_e5m2',
    'float8_e5m2fnuz',
    'float8_e8m0fnu',
  ].map((name): [string, null] => [name, null]),
]);
