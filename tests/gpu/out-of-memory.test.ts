import { expect, test } from 'vitest';
import { ErrorScopes } from '../../src/gpu/error-scopes.ts';
import { GpuOutOfMemoryError, GpuValidationError } from '../../src/gpu/errors.ts';

// A GPU that is actually out of memory may crash the machine, so WebGPU's answer is simulated.
class GPUOutOfMemoryError {
  readonly message = 'not enough memory left';
}
class GPUValidationError {
  readonly message = 'buffer is too small';
}

/** Only error scopes; the one for memory is the inner one, so it is checked first. */
function gpuThatAnswers(...errors: (GPUError | null)[]): GPUDevice {
  const scopes = { pushErrorScope() {}, popErrorScope: async () => errors.shift() ?? null };
  return scopes as unknown as GPUDevice;
}

test('an out-of-memory error has its own class and advice, and is thrown once', async () => {
  const watch = new ErrorScopes(gpuThatAnswers(new GPUOutOfMemoryError()), () => {});
  expect(watch.during(() => 'done')).toBe('done');
  const error = await watch.settle().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GpuOutOfMemoryError);
  expect((error as Error).message).toBe(
    'recorded commands: the GPU is out of memory (not enough memory left). Use a smaller batch.',
  );
  await watch.settle();
});

test('any other error is a validation error, and a lost device hides both', async () => {
  const watch = new ErrorScopes(gpuThatAnswers(null, new GPUValidationError()), () => {});
  watch.during(() => {});
  await expect(watch.settle()).rejects.toThrow(GpuValidationError);
  const lost = new ErrorScopes(gpuThatAnswers(new GPUOutOfMemoryError()), () => {
    throw new Error('the device is lost');
  });
  lost.during(() => {});
  await expect(lost.settle()).rejects.toThrow('the device is lost');
});
