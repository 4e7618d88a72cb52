import type { NodeAdapter } from '../lib/node-adapter.ts';
import type { DeviceLimits } from '../own/limits.ts';
import type { ModelResult } from '../own/model.ts';
import type { KernelResult } from '../own/roofline.ts';

/** The work of one process of `npm run bench:gpu`. */
export type PartTask =
  | { part: 'facts' }
  | { part: 'limits' }
  | {
      part: 'network';
      row: Pick<ModelResult, 'work' | 'batch' | 'side'>;
      rounds: number;
      seconds: number;
      tuneMs: number;
      activations: 'f32' | 'f16';
    }
  | { part: 'kernels'; batch: number; side: number; seconds: number; limits: DeviceLimits };

/** What such a process reports, as soon as it is known. */
export type PartMessage =
  | { kind: 'facts'; value: NodeAdapter }
  | { kind: 'limits'; value: DeviceLimits }
  | { kind: 'network'; value: ModelResult }
  | { kind: 'kernels'; value: KernelResult[] }
  | { kind: 'error'; value: string };
