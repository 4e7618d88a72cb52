/** No usable WebGPU here. `tried` lists every way that was attempted, `advice` what to do on this platform. */
export class WebGPUUnavailableError extends Error {
  override readonly name = 'WebGPUUnavailableError';
  /** every way that was attempted, in order */
  readonly tried: string[];
  /** what to do on this platform */
  readonly advice: string;
  constructor(tried: string[], advice: string) {
    const list = tried.length > 0 ? `\nTried:\n${tried.map((line) => `  - ${line}`).join('\n')}` : '';
    super(`WebGPU is not available.${list}\n${advice}`);
    this.tried = tried;
    this.advice = advice;
  }
}

/** The device was lost (driver reset, sleep, `destroy()`); nothing recorded after that can run. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(
      `the GPU device was lost (${reason}${message ? `: ${message}` : ''}); ` +
        'create a new device with createDevice() and load the last checkpoint into a new model',
    );
    this.reason = reason;
  }
}

/** WebGPU refused a command. The message begins with the operation that recorded it. */
export class GpuValidationError extends Error {
  override readonly name = 'GpuValidationError';
}

/** The GPU has no memory left for a buffer. */
export class GpuOutOfMemoryError extends Error {
  override readonly name = 'GpuOutOfMemoryError';
}

/** A tensor or a dispatch is larger than this adapter allows; found before anything ran. */
export class DeviceLimitError extends Error {
  override readonly name = 'DeviceLimitError';
}
