/** WebGPU is not available. `tried` lists all attempts, `advice` says what to do on this platform. */
export class WebGPUUnavailableError extends Error {
  override readonly name = 'WebGPUUnavailableError';
  /** all attempts, in order */
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

/** The device was lost (driver reset, sleep, `destroy()`). Work recorded on it cannot run. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(
      `the GPU device was lost (${reason}${message ? `: ${message}` : ''}). ` +
        'Create a new device with createDevice() and load the last checkpoint into a new model.',
    );
    this.reason = reason;
  }
}

/** WebGPU reported a validation error. The message begins with the operation that recorded the command. */
export class GpuValidationError extends Error {
  override readonly name = 'GpuValidationError';
}

/** The GPU is out of memory. */
export class GpuOutOfMemoryError extends Error {
  override readonly name = 'GpuOutOfMemoryError';
}

/** A tensor or a dispatch exceeds a limit of the adapter. Thrown before anything runs. */
export class DeviceLimitError extends Error {
  override readonly name = 'DeviceLimitError';
}
