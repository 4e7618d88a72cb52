/** Asks for the camera. @throws Error in words for a person: none, refused, in use, not allowed here */
export async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error(
      'This browser gives the page no camera: that needs an address that begins with https://.',
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: 'user' },
    });
  } catch (error) {
    throw new Error(inWords(error));
  }
}

function inWords(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return (
        'The camera was not allowed. That is fine: a picture will do. To change your mind, use the camera sign ' +
        'beside the address.'
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'No camera was found. Plug one in and try again, or take a picture.';
    case 'NotReadableError':
    case 'AbortError':
      return 'The camera is there but does not answer; perhaps another program is using it.';
    default:
      return `The camera could not be opened: ${error instanceof Error ? error.message : error}`;
  }
}
