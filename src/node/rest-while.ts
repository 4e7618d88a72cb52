/**
 * Sleep per turn of the event loop, short compared with a training step, but long enough to avoid most of the idle
 * load.
 */
const REST_MILLISECONDS = 0.5;

const cell = new Int32Array(new SharedArrayBuffer(4)); // nobody wakes it
let waiting = 0;
let isTurning = false;

/**
 * Waits for the device without keeping a core busy. The package `webgpu` polls Dawn on every turn of the event loop,
 * without a pause, until the work is done. A software adapter computes on the same cores, and on two cores it lost a
 * third of them to this polling. Therefore the thread sleeps briefly on every turn; timers, promises and messages are
 * still processed.
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
