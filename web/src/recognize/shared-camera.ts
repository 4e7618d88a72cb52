import { signal } from '@preact/signals';
import { messageOf } from '../lib/errors.ts';
import { listCameras, openCamera, stopCamera } from './camera.ts';

/**
 * A camera that several parts of a page show. It runs while at least one of them uses it, and stops as soon as none does,
 * also if the permission comes only then.
 */
export class SharedCamera {
  readonly stream = signal<MediaStream | null>(null);
  /** the parts of the page that use it */
  readonly users = signal<ReadonlySet<string>>(new Set());
  readonly problem = signal<string | null>(null);
  readonly cameras = signal<readonly { id: string; name: string }[]>([]);
  readonly chosen = signal<string | undefined>(undefined);
  private request = 0;

  /** Turns the camera on for a part of the page. */
  async use(user: string): Promise<void> {
    this.users.value = new Set([...this.users.peek(), user]);
    if (!this.stream.peek()) await this.open();
  }

  leave(user: string): void {
    this.users.value = new Set([...this.users.peek()].filter((one) => one !== user));
    if (this.users.peek().size === 0) this.stop();
  }

  /** Turns the camera off for the whole page. */
  leaveAll(): void {
    this.users.value = new Set();
    this.stop();
  }

  /** Switches to another camera. */
  async choose(id: string): Promise<void> {
    this.chosen.value = id;
    if (this.users.peek().size === 0) return;
    this.stop();
    await this.open();
  }

  private stop(): void {
    this.request++;
    const stream = this.stream.peek();
    if (stream) stopCamera(stream);
    this.stream.value = null;
  }

  private async open(): Promise<void> {
    const request = ++this.request;
    this.problem.value = null;
    try {
      const stream = await openCamera(this.chosen.peek());
      if (request !== this.request) {
        stopCamera(stream); // nobody uses it anymore
        return;
      }
      this.stream.value = stream;
      this.cameras.value = await listCameras();
      this.chosen.value = stream.getVideoTracks()[0]?.getSettings().deviceId ?? this.chosen.peek();
    } catch (error) {
      if (request !== this.request) return;
      this.problem.value = messageOf(error);
      this.users.value = new Set();
    }
  }
}
