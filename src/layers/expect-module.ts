import { describeValue } from '../gpu/describe-value.ts';
import { Module } from './module.ts';

/** @throws Error unless `model` is a Module */
export function expectModule(caller: string, model: unknown): void {
  if (model instanceof Module) return;
  throw new Error(`${caller}: model: got ${describeValue(model)}, expected a Module such as a Sequential`);
}
