import { ARENA_ALIGN, type ArenaRange } from '../layers/arena.ts';
import type { Parameter } from '../layers/parameter.ts';
import type { Placement } from '../layers/placement.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { optimizerMemory } from './optimizer-memory.ts';
import type { Group } from './parameter-groups.ts';

/** Fields of `blocks` per block of parameters: Adam's c1 and c2, steps taken, index of the rule. */
const BLOCK_FIELDS = 4;

/** Steps of each parameter, and Adam's bias corrections c1 and c2, in the order of the optimizer's parameters. */
export interface StepCounts {
  readonly steps: Float32Array<ArrayBuffer>;
  /** [c1, c2] of each parameter */
  readonly corrections: Float32Array<ArrayBuffer>;
}

/** The two tables on the GPU from which the update kernels read the rule of each block of 64 parameters. */
export class RuleTables {
  /** f32 [2 * groups, 2] = [learning rate, weight decay] for the matrices, then for the vectors of each group */
  readonly rules: Tensor;
  /** f32 [blocks, 4] = [c1, c2, steps, rule] per block of 64 parameters */
  readonly blocks: Tensor;
  private readonly placement: Placement;
  private readonly groups: readonly Group[];
  private readonly parameters: readonly Parameter[];
  private readonly decayVectors: boolean;

  /**
   * @param parameters the parameters of all groups, in the order of the arenas
   * @param decayVectors whether the weight decay of a group also applies to its parameters with one axis
   */
  constructor(
    placement: Placement,
    groups: readonly Group[],
    parameters: readonly Parameter[],
    decayVectors: boolean,
  ) {
    this.placement = placement;
    this.groups = groups;
    this.parameters = parameters;
    this.decayVectors = decayVectors;
    const { device } = placement;
    this.rules = optimizerMemory(device, 4 * groups.length);
    this.blocks = optimizerMemory(device, (BLOCK_FIELDS * placement.parameters.flat.size) / ARENA_ALIGN);
    const { length } = parameters;
    this.writeBlocks({ steps: new Float32Array(length), corrections: new Float32Array(2 * length) });
  }

  /** Writes the learning rate of each group, in proportion to the optimizer's `rate`. */
  writeRules(rate: number): void {
    const values = this.groups.flatMap(({ rateFactor, weightDecay }) => {
      const own = rate * rateFactor;
      return [own, weightDecay, own, this.decayVectors ? weightDecay : 0];
    });
    this.placement.device.upload(this.rules, Float32Array.from(values));
  }

  /** Writes step counts and the index of the rule to all blocks. */
  writeBlocks({ steps, corrections }: StepCounts): void {
    const values = new Float32Array(this.blocks.size);
    const places = new Map(this.parameters.map((parameter, i) => [parameter, i]));
    for (const [g, { parameters }] of this.groups.entries()) {
      for (const parameter of parameters) {
        const i = places.get(parameter) as number;
        const rule = 2 * g + (parameter.shape.length > 1 ? 0 : 1);
        const fields = [...corrections.subarray(2 * i, 2 * i + 2), steps[i] as number, rule];
        const { start, length } = this.rangeOf(parameter);
        for (let block = 0; block < Math.ceil(length / ARENA_ALIGN); block++) {
          values.set(fields, BLOCK_FIELDS * (start / ARENA_ALIGN + block));
        }
      }
    }
    this.placement.device.upload(this.blocks, values);
  }

  /** Returns the step counts from the values of `blocks` that were read from the device. */
  countsIn(blocks: Float32Array): StepCounts {
    const first = this.parameters.map((each) => (BLOCK_FIELDS * this.rangeOf(each).start) / ARENA_ALIGN);
    return {
      steps: Float32Array.from(first, (i) => blocks[i + 2] as number),
      corrections: Float32Array.from(first.flatMap((i) => [...blocks.subarray(i, i + 2)])),
    };
  }

  /** Frees both tables. */
  dispose(): void {
    this.rules.dispose();
    this.blocks.dispose();
  }

  private rangeOf({ home }: Parameter): ArenaRange {
    return this.placement.parameters.ranges[home?.index as number] as ArenaRange;
  }
}
