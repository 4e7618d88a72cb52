import { damaged } from './torch-bytes.ts';
import { PickleLiterals, type PickleValue } from './torch-literals.ts';

/** Callbacks for everything that a pickle can refer to. Nothing else is resolved, and no code from the file runs. */
export interface PickleHooks<T> {
  /** returns the value of `module.name`, such as a function of PyTorch that builds a tensor */
  global(module: string, name: string): T;
  /** calls a value that a hook returned */
  call(callee: T, args: PickleValue<T>[]): PickleValue<T>;
  /** returns the value of a persistent id, such as a storage */
  persistent(id: PickleValue<T>): T;
  /** receives the attributes of an object */
  setState(target: T, state: PickleValue<T>): void;
  /** receives items of an object whose type is a subclass of dict */
  setItem(target: T, key: PickleValue<T>, value: PickleValue<T>): void;
  /** receives an element of an object whose type is a subclass of list */
  append(target: T, item: PickleValue<T>): void;
}

const MARK = Symbol('mark');
/**
 * Maximum steps per byte of a pickle. Pickles written by Python need less than one; a file intended to exhaust time
 * needs very many.
 */
const STEPS_PER_BYTE = 4;

/**
 * Reads one pickle (Python's serialization, the binary instructions of protocols 1 to 5) without running code: the
 * stack machine of `pickletools`, in which a global is only a name unless the hooks know it.
 *
 * @param bytes bytes that contain the pickle
 * @param start position of its first byte
 * @returns the value and the position after the pickle
 * @throws TorchFileError for a truncated pickle, an unknown opcode, or more work than its length justifies
 */
export function readPickle<T extends object>(
  bytes: Uint8Array,
  start: number,
  hooks: PickleHooks<T>,
): { value: PickleValue<T>; end: number } {
  const machine = new PickleMachine(bytes, start, hooks);
  const value = machine.run();
  return { value, end: machine.at };
}

class PickleMachine<T extends object> extends PickleLiterals<T> {
  private readonly hooks: PickleHooks<T>;
  private readonly stack: (PickleValue<T> | typeof MARK)[] = [];
  private readonly memo = new Map<number, PickleValue<T>>();
  /** number of values that may still be moved */
  private budget: number;

  constructor(bytes: Uint8Array, start: number, hooks: PickleHooks<T>) {
    super(bytes, start);
    this.hooks = hooks;
    this.budget = 1000 + STEPS_PER_BYTE * (bytes.length - start);
  }

  run(): PickleValue<T> {
    for (;;) {
      const at = this.at;
      const code = this.byte();
      if (code === 0x2e /* STOP */) return this.pop();
      this.spend(1);
      this.step(code, at);
    }
  }

  private spend(steps: number): void {
    this.budget -= steps;
    if (this.budget < 0) {
      damaged(
        `it creates far more than its ${this.bytes.length} bytes justify, which may be an attempt to exhaust memory`,
      );
    }
  }

  private step(code: number, at: number): void {
    const value = this.literal(code);
    if (value !== undefined) this.stack.push(value);
    else if (!this.act(code)) {
      damaged(`byte 0x${code.toString(16).padStart(2, '0')} at ${at} is not a known pickle opcode`);
    }
  }

  /** Executes an opcode on the stack and the memo; returns false for an unknown one. */
  private act(code: number): boolean {
    switch (code) {
      case 0x80: // PROTO
        this.take(1);
        return true;
      case 0x95: // FRAME
        this.take(8);
        return true;
      case 0x28: // MARK
        this.stack.push(MARK);
        return true;
      case 0x30: // POP
        this.pop();
        return true;
      case 0x32: // DUP
        this.stack.push(this.peek());
        return true;
      case 0x31: // POP_MARK
        this.popToMark();
        return true;
      case 0x64: // DICT
        this.dictFromMark();
        return true;
      case 0x6c: // LIST
      case 0x91: // FROZENSET
      case 0x74: // TUPLE
        this.stack.push(this.popToMark());
        return true;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.stack.push(Array.from({ length: code - 0x84 }, () => this.pop()).reverse());
        return true;
      case 0x61: // APPEND
        this.append([this.pop()]);
        return true;
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        this.append(this.popToMark());
        return true;
      case 0x73: // SETITEM
        this.setItems([this.pop(), this.pop()].reverse());
        return true;
      case 0x75: // SETITEMS
        this.setItems(this.popToMark());
        return true;
      case 0x71: // BINPUT
        this.memo.set(this.byte(), this.peek());
        return true;
      case 0x72: // LONG_BINPUT
        this.memo.set(this.length4(), this.peek());
        return true;
      case 0x70: // PUT
        this.memo.set(Number(this.line()), this.peek());
        return true;
      case 0x67: // GET
        this.recall(Number(this.line()));
        return true;
      case 0x94: // MEMOIZE
        this.memo.set(this.memo.size, this.peek());
        return true;
      case 0x68: // BINGET
        this.recall(this.byte());
        return true;
      case 0x6a: // LONG_BINGET
        this.recall(this.length4());
        return true;
      case 0x63: // GLOBAL
        this.stack.push(this.hooks.global(this.line(), this.line()));
        return true;
      case 0x93: // STACK_GLOBAL
        this.globalFromStack();
        return true;
      case 0x51: // BINPERSID
        this.stack.push(this.hooks.persistent(this.pop()));
        return true;
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        this.reduce(this.pop());
        return true;
      case 0x92: // NEWOBJ_EX
        this.pop();
        this.reduce(this.pop());
        return true;
      case 0x6f: // OBJ
        this.callFromMark();
        return true;
      case 0x62: // BUILD
        this.build();
        return true;
      default:
        return false;
    }
  }

  private globalFromStack(): void {
    const [name, module] = [this.pop(), this.pop()];
    if (typeof name !== 'string' || typeof module !== 'string') damaged('a global has no name');
    this.stack.push(this.hooks.global(module, name));
  }

  /** Calls the function on the stack. */
  private reduce(args: PickleValue<T>): void {
    const callee = this.pop();
    if (!Array.isArray(args) || !isOpaque<T>(callee)) damaged('it calls something that is not a function');
    // values that a hook may copy
    for (const arg of args) this.spend(Array.isArray(arg) ? arg.length : arg instanceof Map ? arg.size : 1);
    this.stack.push(this.hooks.call(callee, args));
  }

  private callFromMark(): void {
    const [callee = null, ...args] = this.popToMark();
    this.stack.push(callee);
    this.reduce(args);
  }

  /**
   * Sets attributes of an object. Those of a state dict (`_metadata`, the versions of PyTorch's modules) are ignored.
   */
  private build(): void {
    const state = this.pop();
    const target = this.peek();
    if (isOpaque<T>(target)) this.hooks.setState(target, state);
    else if (!(target instanceof Map)) damaged('it sets attributes of something that is not an object');
  }

  private append(items: PickleValue<T>[]): void {
    const list = this.peek();
    for (const item of items) {
      if (Array.isArray(list)) list.push(item);
      else if (isOpaque<T>(list)) this.hooks.append(list, item);
      else damaged('it appends to something that is not a list');
    }
  }

  private setItems(items: PickleValue<T>[]): void {
    const dict = this.peek();
    if (items.length % 2 !== 0) damaged('a key of a dict has no value');
    for (let i = 0; i < items.length; i += 2) {
      const [key, value] = [items[i], items[i + 1]] as [PickleValue<T>, PickleValue<T>];
      if (dict instanceof Map) dict.set(key, value);
      else if (isOpaque<T>(dict)) this.hooks.setItem(dict, key, value);
      else damaged('it sets items of something that is not a dict');
    }
  }

  private dictFromMark(): void {
    const items = this.popToMark();
    this.stack.push(new Map());
    this.setItems(items);
  }

  private pop(): PickleValue<T> {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) damaged('an opcode needs a value, but the stack is empty');
    return value;
  }

  private peek(): PickleValue<T> {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) damaged('an opcode needs a value, but the stack is empty');
    return value;
  }

  private popToMark(): PickleValue<T>[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) damaged('a list has no start mark');
    const items = this.stack.splice(mark + 1) as PickleValue<T>[];
    this.spend(items.length);
    this.stack.pop();
    return items;
  }

  private recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) damaged(`it refers to value ${index}, which was never stored`);
    this.stack.push(value);
  }
}

/** Returns whether a hook returned the value. */
function isOpaque<T extends object>(value: PickleValue<T>): value is T {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Uint8Array)
  );
}
