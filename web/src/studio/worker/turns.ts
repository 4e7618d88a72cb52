/**
 * Runs tasks on the GPU one after another. During training they run between two steps, when the training loop calls
 * `pass`.
 */
export class Turns {
  private isHeld = false;
  private isRunning = false;
  private readonly waiting: (() => Promise<void>)[] = [];

  /** Runs a task as soon as nothing else runs. */
  take<T>(task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push(() => task().then(resolve, reject));
      if (!this.isHeld) void this.pass();
    });
  }

  /** Runs `task`, which calls `pass` whenever others may run. */
  async hold<T>(task: () => Promise<T>): Promise<T> {
    this.isHeld = true;
    try {
      return await task();
    } finally {
      this.isHeld = false;
      void this.pass();
    }
  }

  /** Runs the waiting tasks. */
  async pass(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      for (let next = this.waiting.shift(); next; next = this.waiting.shift()) await next();
    } finally {
      this.isRunning = false;
    }
  }
}
