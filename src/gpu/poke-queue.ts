/** If waiting for an idle queue takes longer than this, the engine polls its queue on a slow timer. */
const SLOW_MILLISECONDS = 40;

/**
 * Speeds up waiting for the GPU in engines that notice finished work late. Firefox polls its queue every 100 ms unless
 * something is submitted, so an empty submission per millisecond reduces a read from 100 ms to 2 ms. Such an engine is
 * detected by how long it waits for an idle queue; in other engines nothing is submitted.
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

  /** The first wait ends at the timer's next tick, so the second one lasts a whole period. */
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
