/** Pauses a loop before a step. The gate is open, closed, or open for one step. */
export class Gate {
  private isOpen = true;
  private waiting: (() => void) | null = null;
  private singles = 0;

  get isShut(): boolean {
    return !this.isOpen && this.singles === 0;
  }

  open(): void {
    this.isOpen = true;
    this.release();
  }

  shut(): void {
    this.isOpen = false;
    this.singles = 0;
  }

  /** Lets one step pass, then closes again. */
  once(): void {
    this.shut();
    this.singles = 1;
    this.release();
  }

  /** Resolves when the loop may continue; `onWait` is called if it has to wait. */
  async pass(onWait: () => void): Promise<void> {
    while (this.isShut) {
      onWait();
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    if (!this.isOpen) this.singles--;
  }

  private release(): void {
    this.waiting?.();
    this.waiting = null;
  }
}
