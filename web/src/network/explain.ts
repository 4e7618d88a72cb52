// The numbers that made one number: read back from the GPU and added up on the CPU in double precision.
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  CoordinateAttention,
  DepthwiseConv2d,
  Linear,
  MaxPool2d,
} from 'feathergrad';
import { activation, batchNorm, channelGate, coordinateGate } from './explain-places.ts';
import { convolution, linear, pool, wholeMean } from './explain-sums.ts';
import { type Explanation, indexOf, type Place } from './explanation.ts';
import { isGate, type Step, sizeOf, type Trace } from './trace.ts';

/**
 * Explains one number of an operator's output. Returns null for an operator that this page cannot explain.
 * @throws RangeError for a place outside of the output
 */
export async function explain(trace: Trace, step: Step, place: Place): Promise<Explanation | null> {
  const { module } = step;
  const output = sizeOf(step.output);
  const at = indexOf(output, place);
  const isInside =
    place.row < output.height && place.column < output.width && place.channel < output.channels;
  if (!isInside) {
    throw new RangeError(
      `The place (${place.channel}, ${place.row}, ${place.column}) is outside of the output, which has ` +
        `${output.channels} maps of ${output.height} × ${output.width}.`,
    );
  }
  const [input, values] = await Promise.all([trace.read(step.input), trace.read(step.output)]);
  const context = { trace, step, place, input, kernel: values[at] as number };
  if (module instanceof Conv2d || module instanceof DepthwiseConv2d) return convolution(context, module);
  if (module instanceof Linear) return linear(context, module);
  if (module instanceof BatchNorm2d) return batchNorm(context, module);
  if (module instanceof CoordinateAttention) return coordinateGate(context, module);
  if (isGate(module)) return channelGate(context);
  if (module instanceof MaxPool2d || module instanceof AvgPool2d) return pool(context, module);
  if (module instanceof AdaptiveAvgPool2d) return wholeMean(context);
  return activation(context, module);
}
