import type { Device } from '../gpu/device.ts';
import { scope } from '../tensor/scope.ts';
import { Arena } from './arena.ts';
import { initialize } from './initialize.ts';
import type { ModuleBuffer, Parameter } from './parameter.ts';

/** The memory of a module's state on its device. */
export interface Placement {
  device: Device;
  parameters: Arena;
  gradients: Arena;
  buffers: Arena;
  /** the parameters, in the order of the arenas */
  order: readonly Parameter[];
  /** the buffers, in the order of their arena */
  bufferOrder: readonly ModuleBuffer[];
  /** index of the first element of the parameters with one axis: biases, and batch norm's scale and shift */
  vectorStart: number;
}

/** @throws Error when some of the state is already on a device */
export function checkUnplaced(named: readonly [string, Parameter | ModuleBuffer][]): void {
  const placed = named.find(([, state]) => state.isPlaced);
  if (placed) {
    throw new Error(
      `to: ${placed[0]} is already on a device. Call to(device) once, on the outermost module.`,
    );
  }
}

/**
 * Allocates one buffer each for parameters, gradients and buffers, and writes the initial values, drawn from `seed` and the
 * name of each parameter.
 */
export function place(
  device: Device,
  seed: number,
  parameters: readonly [string, Parameter][],
  buffers: readonly [string, ModuleBuffer][],
): Placement {
  // weights come before parameters with one axis, since an optimizer may treat the two parts differently
  const matrices = parameters.filter(([, { shape }]) => shape.length > 1);
  const ordered = [...matrices, ...parameters.filter(([, { shape }]) => shape.length <= 1)];
  return scope(() => {
    const shapes = ordered.map(([, { shape }]) => shape);
    const values = new Arena(device, shapes, 'parameters');
    const gradients = new Arena(device, shapes, 'gradients');
    const rest = new Arena(
      device,
      buffers.map(([, { shape }]) => shape),
      'buffers',
    );
    ordered.forEach(([name, parameter], i) => {
      const value = values.view(i, parameter.shape);
      value.gradBuffer = gradients.view(i, parameter.shape);
      initialize(value, parameter.init, seed, name);
      parameter.place(value, name);
    });
    buffers.forEach(([name, buffer], i) => {
      const value = rest.view(i, buffer.shape, buffer.dtype);
      initialize(value, buffer.init, seed, name);
      buffer.place(value, name);
    });
    const order = ordered.map(([, parameter]) => parameter);
    const placement: Placement = {
      device,
      parameters: values,
      gradients,
      buffers: rest,
      order,
      bufferOrder: buffers.map(([, buffer]) => buffer),
      vectorStart: values.ranges[matrices.length]?.start ?? values.flat.size,
    };
    order.forEach((parameter, index) => {
      parameter.home = { placement, index };
    });
    return placement;
  });
}
