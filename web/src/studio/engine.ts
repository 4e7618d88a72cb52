import type { Remote } from 'comlink';
import { proxy } from 'comlink';
import { gpuName } from '../app/status.ts';
import { messageOf } from '../lib/errors.ts';
import { spawn } from '../lib/spawn.ts';
import { hear, noGpu } from './run.ts';
import type { StudioEngine } from './worker/engine.ts';
import engineUrl from './worker/engine.ts?worker&url';

let remote: Remote<StudioEngine> | null = null;

/** The worker that trains and recognizes; it starts at first use. */
export function engine(): Remote<StudioEngine> {
  if (!remote) {
    remote = spawn<StudioEngine>(engineUrl).remote;
    remote.listen(proxy(hear));
  }
  return remote;
}

/** Opens the GPU. */
export async function openGpu(): Promise<void> {
  try {
    gpuName.value = await engine().open();
    noGpu.value = null;
  } catch (error) {
    noGpu.value = messageOf(error);
  }
}
