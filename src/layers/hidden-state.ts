import type { Module } from './module.ts';
import { ModuleBuffer, Parameter } from './parameter.ts';

/** Returns whether a value is a Module. It is a parameter of these functions because module.ts imports this file. */
type IsModule = (value: unknown) => boolean;

/**
 * Checks that no property of `module` hides modules or parameters, such as an array of layers, from `children()` and
 * `namedParameters()`.
 * @param path dotted path of `module`, for the message
 * @throws Error that names the property
 */
export function checkHidden(path: string, module: Module, isModule: IsModule): void {
  const known = new Set<unknown>(module.children().map(([, child]) => child));
  for (const [name, value] of Object.entries(module)) {
    if (isModule(value) || isState(value)) continue;
    const kind = kindOf(value);
    for (const item of itemsIn(value, isModule)) {
      if (known.has(item)) continue;
      const where = `"${name}"${path ? ` of ${path}` : ''}`;
      const advice = isModule(item)
        ? `Wrap them in new ${kind === 'an array' || kind === 'a Set' ? 'ModuleList([...])' : 'ModuleDict({ ... })'}`
        : 'Put each into a separate property';
      throw new Error(
        `to: ${where} is ${kind} that holds ${isModule(item) ? 'modules' : 'parameters'}, which would not be found ` +
          `there. ${advice}.`,
      );
    }
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Set) return 'a Set';
  return value instanceof Map ? 'a Map' : 'an object';
}

const isState = (value: unknown): boolean => value instanceof Parameter || value instanceof ModuleBuffer;

/** Iterates over the modules and parameters in arrays, plain objects, maps and sets, at any depth. */
function* itemsIn(value: unknown, isModule: IsModule, seen = new Set<unknown>()): Generator<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return;
  seen.add(value);
  if (isModule(value) || isState(value)) yield value;
  else if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
    for (const item of value.values()) yield* itemsIn(item, isModule, seen);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) yield* itemsIn(item, isModule, seen);
  }
}
