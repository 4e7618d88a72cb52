/** Rest between two turns of the event loop: small beside a training step, and most of what an idle loop costs. */
const REST_MILLISECONDS = 0.5;

const cell = new Int32Array(new SharedArrayBuffer(4)); // nobody wakes it
let waiting = 0;
let isTurning = false;

/**
 * Waits for the device without keeping a core busy. The package `webgpu` asks Dawn at every turn of the event loop
 * whether something is done, and lets the loop turn without a pause until then. A software adapter computes on the same
 * cores and lost a third of two to that. So the thread sleeps a little at every turn; timers, promises and messages
 * still come through.
 */
export async function restWhile<T>(promise: Promise<T>): Promise<T> {
  waiting++;
  if (!isTurning) setImmediate(turn);
  isTurning = true;
  try {
    return await promise;
  } finally {
    waiting--;
  }
}

function turn(): void {
  isTurning = waiting > 0;
  if (!isTurning) return;
  Atomics.wait(cell, 0, 0, REST_MILLISECONDS);
  setImmediate(turn);
}
