import type { Write } from '../gpu/write-log.ts';
import type { SavedTensor } from './saved-tensor.ts';
import { show } from './shape.ts';

/**
 * Checks that the memory of a saved tensor still holds the saved values. A write to it before the backward pass would
 * silently change the gradient, so the time of the latest write into the range is compared.
 * @throws Error that names the operation, the tensor and the write that overwrote it
 */
export function checkSaved(saved: SavedTensor): void {
  const { storage, time, by } = saved;
  const { recording } = saved.tensor.device;
  if (recording === by.recording) {
    refuse(saved, recording ? recording.after(time, storage, rangeOf(saved)) : latestWrite(saved));
    return;
  }
  // values that another capture saved may be rewritten before this recording runs, so the replay checks them
  if (!recording || !by.recording) refuse(saved, latestWrite(saved));
  recording?.checks.push(() => {
    const write = latestWrite(saved);
    return write && message(saved, write);
  });
}

/** Returns the error for a node whose saved tensors were freed by an earlier backward pass. */
export function alreadyDifferentiated({ name }: { name: string }): Error {
  return new Error(
    `backward: ${name} was already differentiated. Pass { retainGraph: true } to the first call.`,
  );
}

/** Returns the write after the values were saved, or after the last run of the capture that saves them. */
function latestWrite(saved: SavedTensor): Write | null {
  const { storage, time, by } = saved;
  const { recording } = by;
  const range = rangeOf(saved);
  const inside = recording?.after(time, storage, range);
  return inside ?? storage.writes.after(Math.max(time, recording?.lastRun ?? 0), ...range);
}

function rangeOf({ tensor: { byteOffset, byteLength } }: SavedTensor): [number, number] {
  return [byteOffset, byteOffset + byteLength];
}

function refuse(saved: SavedTensor, write: Write | null): void {
  if (write) throw new Error(message(saved, write));
}

function message({ by: { name, path }, tensor, storage, role }: SavedTensor, write: Write): string {
  const what = `${typeof role === 'string' ? role : role < 0 ? 'its result' : `input ${role}`}, '${tensor.name || storage.label}' ${show(tensor.shape)}`;
  return (
    `${path ? `${path}: ` : ''}${name}: a tensor saved for the backward pass was overwritten (${what}: changed ` +
    `by ${write.by}, expected the values of the forward pass). Call backward() before the write, run the forward ` +
    'pass again after it, or write to a copy.'
  );
}
