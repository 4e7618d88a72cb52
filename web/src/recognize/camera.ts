/**
 * Opens a camera: the one with this id, or the browser's choice.
 * @throws Error with a message for the user: missing, blocked, in use, not allowed here
 */
export async function openCamera(deviceId?: string): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error(
      'This page cannot use a camera. Browsers allow it only at addresses that begin with https://.',
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: {
        width: { ideal: 640 },
        height: { ideal: 480 },
        ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'user' }),
      },
    });
  } catch (error) {
    throw new Error(messageFor(error));
  }
}

/** Turns the camera off. */
export function stopCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Returns the cameras, with their names; the browser tells them once a camera has been allowed. */
export async function listCameras(): Promise<{ id: string; name: string }[]> {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices
    .filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId !== '')
    .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || `Camera ${i + 1}` }));
}

function messageFor(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return (
        'Camera access was blocked. You can use a picture instead. To allow the camera, click the camera icon in the ' +
        'address bar.'
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'No camera was found. Connect one and try again, or choose a picture.';
    case 'NotReadableError':
    case 'AbortError':
      return 'The camera isn’t responding; another program may be using it.';
    default:
      return `The camera could not be opened: ${error instanceof Error ? error.message : error}`;
  }
}
