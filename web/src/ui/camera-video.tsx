import { useEffect, useRef } from 'preact/hooks';

/** The picture of a camera, mirrored as in a mirror. `onVideo` receives the element while it exists. */
export function CameraVideo(props: {
  stream: MediaStream;
  class?: string;
  onVideo?: (video: HTMLVideoElement | null) => void;
}) {
  const { stream, onVideo } = props;
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const node = video.current;
    if (!node) return;
    node.srcObject = stream;
    node.play().catch(() => {}); // the element was removed meanwhile
    onVideo?.(node);
    return () => {
      onVideo?.(null);
      node.srcObject = null;
    };
  }, [stream, onVideo]);
  return <video ref={video} class={props.class} muted playsInline aria-label="Your camera" />;
}
