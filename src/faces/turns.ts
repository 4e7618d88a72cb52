/**
 * Runs asynchronous tasks one after another, each when the previous one has settled, for tasks that use the same GPU
 * memory. The first task starts immediately.
 */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Runs `task` when all earlier ones have settled; a task that fails does not affect the next one. */
  take<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.waiting === 0 ? task() : this.last.then(task);
    this.waiting += 1;
    const done = () => {
      this.waiting -= 1;
    };
    this.last = turn.then(done, done);
    return turn;
  }
}

/**
 * Runs `task` between two calls of `requireOpen`, which throws if its owner was disposed: memory that was freed during
 * the task makes its result, or the error, meaningless.
 */
export async function whileOpen<T>(requireOpen: () => void, task: () => Promise<T>): Promise<T> {
  requireOpen();
  try {
    return await task();
  } finally {
    requireOpen();
  }
}
