/** Events of a GPUDevice that a Device handles. */
export interface DeviceListener {
  /** an error that no error scope caught */
  onError(error: GPUError): void;
  onLost(reason: string, message: string): void;
}

/**
 * Listens to a GPUDevice until it is lost. It holds `listener` by a weak reference, because the engine keeps a
 * GPUDevice's handlers, and all objects that they reference, in Node even after the device was destroyed.
 */
export function watchDevice(
  gpu: GPUDevice,
  listener: DeviceListener,
): Promise<{ reason: string; message: string }> {
  const weak = new WeakRef(listener);
  const onError = (event: GPUUncapturedErrorEvent) => {
    event.preventDefault?.();
    weak.deref()?.onError(event.error);
  };
  gpu.addEventListener?.('uncapturederror', onError);
  return gpu.lost.then(({ reason, message }) => {
    gpu.removeEventListener?.('uncapturederror', onError);
    weak.deref()?.onLost(reason, message);
    return { reason, message };
  });
}
