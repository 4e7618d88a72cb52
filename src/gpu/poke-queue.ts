/** A wait for an idle queue that takes longer is not the work's: the engine looks at its queue on a slow timer. */
const SLOW_MILLISECONDS = 40;

/**
 * Waits for the GPU in engines that notice finished work late. Firefox looks at its queue every 100 ms unless something
 * is submitted, so an empty submission each millisecond brings a read down from 100 ms to 2. The engine is known by
 * how long it waits for a queue that has nothing to do; others are left alone.
 */
export class QueuePoker {
  private readonly queue: GPUQueue;
  private isSlow = false;
  private waiting = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(queue: GPUQueue) {
    this.queue = queue;
    this.measure().catch(() => {}); // the device was lost
  }

  /** The first wait ends with the timer's next turn, so that the second takes a whole one. */
  private async measure(): Promise<void> {
    await this.queue.onSubmittedWorkDone();
    const start = performance.now();
    await this.queue.onSubmittedWorkDone();
    this.isSlow = performance.now() - start > SLOW_MILLISECONDS;
    if (this.isSlow && this.waiting > 0) this.poke();
  }

  wait = async <T>(promise: Promise<T>): Promise<T> => {
    this.waiting++;
    if (this.isSlow && this.timer === null) this.poke();
    try {
      return await promise;
    } finally {
      this.waiting--;
    }
  };

  private readonly poke = (): void => {
    this.timer = null;
    if (this.waiting === 0) return;
    this.queue.submit([]);
    this.timer = setTimeout(this.poke, 1);
  };
}
