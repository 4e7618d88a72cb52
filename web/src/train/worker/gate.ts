/** A door that a loop passes before every step: open, shut, or open for one. */
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

  /** Lets one step through and stays shut behind it. */
  once(): void {
    this.shut();
    this.singles = 1;
    this.release();
  }

  /** Resolves when the loop may go on; `onWait` is told when it has to wait. */
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
