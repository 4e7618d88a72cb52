import { checkOptions, finite } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import { Module } from '../layers/module.ts';
import { Parameter } from '../layers/parameter.ts';
import type { Placement } from '../layers/placement.ts';

/** Parameters with separate options, like PyTorch's parameter groups. */
export interface ParameterGroup {
  /** a module, or a list such as `module.parameters()` */
  params: Module | Iterable<Parameter>;
  /**
   * learning rate of the group (default: the optimizer's). Later changes of the optimizer's rate, such as by a schedule,
   * scale it in proportion
   */
  learningRate?: number;
  /** weight decay of the group (default: the optimizer's) */
  weightDecay?: number;
}

/** Parameters of an optimizer: a module, a list of parameters, or a list of groups. */
export type ParameterSource = Module | Iterable<Parameter> | Iterable<ParameterGroup>;

/** A group as the optimizer uses it. */
export interface Group {
  readonly parameters: readonly Parameter[];
  /** learning rate of the group divided by the optimizer's */
  readonly rateFactor: number;
  readonly weightDecay: number;
}

/**
 * Returns the groups of a source, in order, and the arenas of their parameters.
 * @throws Error when `source` is not a module or list, or when parameters are not on a device, occur twice, or belong
 * to modules that were put on the device separately
 */
export function parameterGroups(
  type: string,
  source: ParameterSource,
  defaults: { learningRate: number; weightDecay: number },
): { placement: Placement; groups: Group[] } {
  const groups = groupsOf(type, source).map((group): Group => {
    const { learningRate = defaults.learningRate, weightDecay = defaults.weightDecay } = group;
    if (learningRate !== defaults.learningRate && defaults.learningRate === 0) {
      throw new Error(
        `${type}: learningRate of a group: got ${learningRate}, expected 0, because the optimizer's rate is 0 and the ` +
          "group's rate is proportional to it. Use a rate above 0 for the optimizer.",
      );
    }
    const rateFactor = learningRate === defaults.learningRate ? 1 : learningRate / defaults.learningRate;
    return { parameters: listOf(type, group.params), rateFactor, weightDecay };
  });
  const all = groups.flatMap(({ parameters }) => parameters);
  if (all.length === 0) throw new Error(`${type}: got no parameters, expected at least one`);
  const seen = new Set<Parameter>();
  const placements = new Set<Placement>();
  for (const parameter of all) {
    if (!parameter.home) {
      throw new Error(
        `${type}: a parameter of shape [${parameter.shape.join(', ')}] is not on a device. Call to(device) on the ` +
          'outermost module first.',
      );
    }
    if (seen.has(parameter)) {
      throw new Error(`${type}: got ${parameter.name} twice, expected each parameter once`);
    }
    seen.add(parameter);
    placements.add(parameter.home.placement);
  }
  const [placement, ...others] = placements;
  if (others.length > 0) {
    throw new Error(
      `${type}: got parameters of ${placements.size} modules with separate calls of to(device), expected one module. ` +
        'Create one optimizer per module, or put the modules into one module first.',
    );
  }
  return { placement: placement as Placement, groups };
}

const SOURCES = 'a module, model.parameters(), or a list of { params, learningRate, weightDecay }';

function groupsOf(type: string, source: ParameterSource): ParameterGroup[] {
  if (source instanceof Module) return [{ params: source }];
  if (!isIterable(source)) {
    throw new Error(`${type}: got ${describeValue(source)}, expected ${SOURCES}`);
  }
  const list: readonly (Parameter | ParameterGroup)[] = [...source];
  if (list.every((item) => item instanceof Parameter)) return [{ params: list }];
  for (const item of list) {
    if (item instanceof Parameter) {
      throw new Error(
        `${type}: got parameters and groups in one list, expected only one kind. Wrap parameters in { params: [...] }.`,
      );
    }
    if (typeof item !== 'object' || item === null || Object.getPrototypeOf(item) !== Object.prototype) {
      throw new Error(`${type}: got ${describeValue(item)} in the list, expected ${SOURCES}`);
    }
    checkOptions<ParameterGroup>(`${type}: parameter group`, item, {
      params: (value) =>
        isIterable(value) || value instanceof Module ? undefined : 'a module or model.parameters()',
      learningRate: (value) => finite(value, 0),
      weightDecay: (value) => finite(value, 0),
    });
    if (item.params === undefined) throw new Error(`${type}: a parameter group has no params. Add params.`);
  }
  return list as ParameterGroup[];
}

function listOf(type: string, params: Module | Iterable<Parameter>): Parameter[] {
  const list = params instanceof Module ? params.parameters() : [...params];
  for (const item of list) {
    if (item instanceof Parameter) continue;
    const advice = Array.isArray(item) ? '. Pass parameters(), not namedParameters()' : '';
    throw new Error(
      `${type}: got ${describeValue(item)} among the params, expected parameters of a module${advice}`,
    );
  }
  return list;
}

function isIterable(value: unknown): value is Iterable<never> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
