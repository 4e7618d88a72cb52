// A kernel is one WGSL file. Its interface (bindings, fields of the uniform, overrides, workgroup size) is parsed from its
// text, so that TypeScript binds tensors by the variable's name.

/** The value of a field of a kernel's `Params`: a number, or the numbers of a vector. */
export type ParamValue = number | readonly number[];
type FieldType = 'u32' | 'i32' | 'f32';

interface Field {
  name: string;
  type: FieldType;
  offset: number;
  /** how many numbers the field holds: 1, 4 for a vec4, or 4 * n for an array of n vec4 */
  length: number;
}

export interface Binding {
  name: string;
  binding: number;
  access: 'uniform' | 'read' | 'read_write';
}

const BINDING =
  /@group\(0\)\s*@binding\((\d+)\)\s*var<\s*(uniform|storage)\s*(?:,\s*(read_write|read)\s*)?>\s*(\w+)\s*:/g;
const VECTOR = /^(?:array<)?vec4(?:<(u32|i32|f32)>|([uif]))(?:,(\d+)u?>)?$/;
const LETTER: Record<string, FieldType> = { u: 'u32', i: 'i32', f: 'f32' };

/** The two occurrences of the workgroup size in a kernel that numbers its threads consecutively. */
const FLAT_SIZE = /(@workgroup_size\(|\bgroups\.x\s*\*\s*)64(?=u?\b)/g;

/** The aliases with as many components as `Vec`, and the scalar types that they become when `Vec` is a scalar. */
const AS_WIDE_AS_VEC = { Stored: 'Number', Bits: 'u32', Flags: 'bool', Index: 'u32' };

/** A WGSL kernel with its parsed interface. Create one per file; the text is parsed at the first dispatch. */
export class Kernel {
  readonly name: string;
  readonly source: string;
  private parsed: { bindings: Binding[]; fields: Field[]; byteLength: number; isFlat: boolean } | null = null;

  constructor(name: string, source: string) {
    this.name = name;
    this.source = source;
  }

  /** Bindings by the WGSL variable's name. */
  get bindings(): Binding[] {
    return this.parse().bindings;
  }

  /** Bytes of the uniform `params`. */
  get uniformByteLength(): number {
    return this.parse().byteLength;
  }

  /** Whether only the numbering of threads, `id.x + id.y * groups.x * 64u`, depends on the workgroup size of 64. */
  get isFlat(): boolean {
    return this.parse().isFlat;
  }

  /** Workgroup size along x, y, z, as written in `@workgroup_size`. */
  get workgroupSize(): [number, number, number] {
    const match = /@workgroup_size\(\s*(\d+)u?\s*(?:,\s*(\d+)u?\s*)?(?:,\s*(\d+)u?\s*)?,?\s*\)/.exec(
      this.source,
    );
    if (!match) throw new Error(`${this.name}.wgsl: @workgroup_size must be written as literal numbers`);
    return [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  }

  /**
   * Returns the text with the lines `alias NAME = ...;` and `const NAME = ...;` set to the given values. WORKGROUP sets the
   * workgroup size of a flat kernel.
   */
  specialize({ WORKGROUP, ...defines }: Record<string, string | number>): string {
    let text = this.source;
    if (WORKGROUP) text = text.replace(FLAT_SIZE, `$1${WORKGROUP}`);
    const values = { ...defines };
    if (values.Vec === 'f32') {
      for (const [name, scalar] of Object.entries(AS_WIDE_AS_VEC)) {
        if (new RegExp(`\\balias ${name}\\b`).test(text)) values[name] = scalar;
      }
    }
    if (Object.values(values).includes('f16')) text = `enable f16; ${text}`;
    for (const [name, value] of Object.entries(values)) {
      const line = new RegExp(`\\b(alias|const)(\\s+${name}\\s*(?::\\s*\\w+\\s*)?=)[^;]*;`);
      if (!line.test(text)) throw new Error(`${this.name}.wgsl has no alias or const named ${name}`);
      text = text.replace(line, (_, keyword: string, head: string) => {
        const literal = typeof value === 'number' && keyword === 'const' ? `${value}u` : value;
        return `${keyword}${head} ${literal};`;
      });
    }
    return text;
  }

  /** Returns whether the variable holds elements of `alias Number`, which is f32, or f16 in half precision. */
  storesNumbers(name: string): boolean {
    return new RegExp(`\\b${name}\\s*:\\s*array<(?:Number|Stored|vec4<Number>)>`).test(this.source);
  }

  /**
   * Checks that the file declares each override.
   * @throws Error for an override that it does not declare
   */
  checkOverrides(overrides: Record<string, number>): void {
    for (const name of Object.keys(overrides)) {
      if (!new RegExp(`\\boverride\\s+${name}\\b`).test(this.source)) {
        throw new Error(`${this.name}.wgsl has no override named ${name}`);
      }
    }
  }

  /**
   * Packs the uniform `params` by field name.
   * @throws Error for an unknown or missing field
   */
  packParams(values: Record<string, ParamValue>): Uint32Array<ArrayBuffer> {
    const { fields, byteLength } = this.parse();
    const bytes = new ArrayBuffer(byteLength);
    const view = new DataView(bytes);
    for (const field of fields) {
      const value = values[field.name];
      const list = typeof value === 'number' ? [value] : value;
      if (!list || list.length !== field.length) {
        throw new Error(
          `${this.name}.wgsl: parameter ${field.name} has ${list ? list.length : 'no'} number(s), expected ${field.length}`,
        );
      }
      for (let i = 0; i < list.length; i++) {
        const at = field.offset + 4 * i;
        const number = list[i] as number;
        if (field.type === 'f32') view.setFloat32(at, number, true);
        else if (field.type === 'i32') view.setInt32(at, number, true);
        else view.setUint32(at, number, true);
      }
    }
    for (const name of Object.keys(values)) {
      if (!fields.some((field) => field.name === name)) {
        throw new Error(`${this.name}.wgsl has no parameter named ${name}`);
      }
    }
    return new Uint32Array(bytes);
  }

  private parse() {
    if (this.parsed) return this.parsed;
    const text = this.source.replace(/\/\/[^\n]*/g, '');
    const bindings: Binding[] = [];
    for (const [, binding, kind, access, name] of text.matchAll(BINDING)) {
      const mode = kind === 'uniform' ? 'uniform' : access === 'read_write' ? 'read_write' : 'read';
      bindings.push({ name: name as string, binding: Number(binding), access: mode });
    }
    const struct = /struct\s+Params\s*\{([^}]*)\}/.exec(text);
    const fields: Field[] = [];
    let offset = 0;
    // the comma inside `array<vec4<u32>, 2>` does not end a field
    for (const line of (struct?.[1] ?? '').split(/,(?![^<]*>\s*(?:,|$)|\s*\d+u?\s*>)/)) {
      const match = /^\s*(\w+)\s*:\s*([\s\S]+?)\s*$/.exec(line);
      if (!match) continue;
      const [, name, typeText] = match as unknown as [string, string, string];
      const type = typeText.replace(/\s/g, '');
      const vector = VECTOR.exec(type);
      if (vector) {
        offset = Math.ceil(offset / 16) * 16;
        const length = 4 * Number(vector[3] ?? 1);
        fields.push({ name, type: (vector[1] as FieldType) ?? LETTER[vector[2] as string], offset, length });
        offset += 4 * length;
      } else if (type === 'u32' || type === 'i32' || type === 'f32') {
        fields.push({ name, type, offset, length: 1 });
        offset += 4;
      } else {
        throw new Error(
          `${this.name}.wgsl: Params.${name} has type ${type}; only scalars and vec4 are packed`,
        );
      }
    }
    const byteLength = Math.ceil(offset / 16) * 16;
    const rest = text.replace(FLAT_SIZE, '');
    const isFlat = rest !== text && !/\b64/.test(rest);
    this.parsed = { bindings, fields, byteLength, isFlat };
    return this.parsed;
  }
}
