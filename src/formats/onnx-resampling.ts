import type { Module } from '../layers/module.ts';
import { ReflectionPad2d, ReplicationPad2d, ZeroPad2d } from '../layers/padding.ts';
import { ChannelShuffle, Upsample } from '../layers/resampling.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/** Adds padding, resizing or a channel shuffle of images and returns the name of its result; null for other modules. */
export function resamplingNode(graph: OnnxGraph, module: Module, x: string): string | null {
  if (
    module instanceof ZeroPad2d ||
    module instanceof ReflectionPad2d ||
    module instanceof ReplicationPad2d
  ) {
    return pad(graph, module, x);
  }
  if (module instanceof Upsample) return resize(graph, module, x);
  return module instanceof ChannelShuffle ? shuffle(graph, module.groups, x) : null;
}

function pad(
  graph: OnnxGraph,
  { mode, padding }: ZeroPad2d | ReflectionPad2d | ReplicationPad2d,
  x: string,
): string {
  const [left, right, top, bottom] = padding;
  const amounts = graph.integers([0, 0, top, left, 0, 0, bottom, right]);
  return graph.node('Pad', [x, amounts], { mode: { string: mode === 'replicate' ? 'edge' : mode } });
}

function resize(graph: OnnxGraph, { options }: Upsample, x: string): string {
  const { size, scaleFactor = 1, mode = 'nearest', alignCorners } = options;
  const both = (value: number | readonly [number, number]) =>
    typeof value === 'number' ? [value, value] : [...value];
  const attributes = {
    mode: { string: mode === 'nearest' ? 'nearest' : 'linear' },
    coordinate_transformation_mode: {
      string: mode === 'nearest' ? 'asymmetric' : alignCorners ? 'align_corners' : 'half_pixel',
    },
    nearest_mode: { string: 'floor' },
  };
  if (size === undefined) {
    const scales = graph.constant(
      `scales_${both(scaleFactor).join('_')}`,
      [4],
      Float32Array.of(1, 1, ...both(scaleFactor)),
    );
    return graph.node('Resize', [x, '', scales], attributes);
  }
  const sizes = graph.node('Concat', [graph.shape(x, 0, 2), graph.integers(both(size))], {
    axis: { int: 0 },
  });
  return graph.node('Resize', [x, '', '', sizes], attributes);
}

/** Views x as [N, groups, C / groups, H, W] and exchanges the second and third axis. */
function shuffle(graph: OnnxGraph, groups: number, x: string): string {
  const split = graph.node(
    'Concat',
    [graph.shape(x, 0, 1), graph.integers([groups, -1]), graph.shape(x, 2, 4)],
    {
      axis: { int: 0 },
    },
  );
  const parts = graph.node('Transpose', [graph.node('Reshape', [x, split])], {
    perm: { ints: [0, 2, 1, 3, 4] },
  });
  return graph.node('Reshape', [parts, graph.node('Shape', [x])]);
}
