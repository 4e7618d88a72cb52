import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { drawHeat } from '../ui/heat.ts';
import { FaceBoxes } from './face-boxes.tsx';
import { clampLook, type Look, ZOOM } from './look.ts';
import { overlay } from './overlay.ts';
import { faces, isSearching, look, lookAgain, lookAt, seen, size, source } from './store.ts';

/** Side of the guide's square, as a share of the stage. */
const GUIDE = 0.8;

/** The image or camera under the guide. Dragging, zooming and arrow keys move it. */
export function Stage() {
  const stage = useRef<HTMLDivElement>(null);
  const [side, setSide] = useState(400);
  const now = source.value;
  useEffect(() => {
    const node = stage.current;
    if (!node) return;
    const observer = new ResizeObserver(() => setSide(node.clientWidth));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  const isCamera = now.kind === 'camera';
  const drag = useMemo(() => dragging(side, isCamera), [side, isCamera]);
  const found = faces.value.length > 0 || isSearching.value;
  const guide = found
    ? {}
    : {
        role: 'application' as const,
        'aria-label': 'The picture under the guide. Arrow keys move it, plus and minus zoom.',
        tabIndex: 0,
        onKeyDown: onKey,
        onWheel: (event: WheelEvent) => {
          event.preventDefault();
          zoomBy(Math.exp(-event.deltaY / 500));
        },
        ...drag,
      };
  return (
    <div ref={stage} class={found ? 'stage found' : 'stage'} data-testid="stage" {...guide}>
      <div class={isCamera ? 'layers mirrored' : 'layers'}>
        {now.kind === 'picture' && <Picture side={side} />}
        {now.kind === 'camera' && <Camera side={side} stream={now.stream} />}
        {!found && <Heat side={side} />}
        {!found && (
          <svg viewBox="0 0 100 100" aria-hidden="true">
            <path class="shade" fill-rule="evenodd" d="M0 0H100V100H0ZM10 10V90H90V10Z" />
            <ellipse cx="50" cy="50" rx="28" ry="37" />
          </svg>
        )}
      </div>
      {found && <FaceBoxes size={size.value} mirrored={isCamera} />}
    </div>
  );
}

/**
 * Position and size on the stage: the whole image if faces were found, otherwise as the user placed it under the guide.
 */
function placement(side: number) {
  if (faces.value.length === 0 && !isSearching.value) return placed(look.value, size.value, side);
  const [width, height] = size.value;
  const scale = side / Math.max(width, height);
  return {
    left: `${(side - width * scale) / 2}px`,
    top: `${(side - height * scale) / 2}px`,
    width: `${width * scale}px`,
    height: `${height * scale}px`,
  };
}

/** Position and size of the whole image on the stage, in CSS pixels. */
function placed({ x, y, zoom }: Look, [width, height]: [number, number], side: number) {
  const scale = (GUIDE * side * zoom) / Math.min(width, height);
  return {
    left: `${side / 2 - x * width * scale}px`,
    top: `${side / 2 - y * height * scale}px`,
    width: `${width * scale}px`,
    height: `${height * scale}px`,
  };
}

function Picture({ side }: { side: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = source.value;
  const bitmap = now.kind === 'picture' ? now.bitmap : null;
  useEffect(() => {
    const node = canvas.current;
    if (!node || !bitmap) return;
    node.width = bitmap.width;
    node.height = bitmap.height;
    node.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return <canvas ref={canvas} class="under" style={placement(side)} />;
}

function Camera({ side, stream }: { side: number; stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const node = video.current;
    if (!node) return;
    node.srcObject = stream;
    node.play().catch(() => {}); // the element was removed meanwhile
    let handle = 0;
    const next = () => {
      lookAt(node);
      handle = node.requestVideoFrameCallback(next);
    };
    handle = node.requestVideoFrameCallback(next);
    return () => node.cancelVideoFrameCallback(handle);
  }, [stream]);
  return (
    <video
      ref={video}
      id="camera"
      class="under"
      muted
      playsInline
      onResize={(event) => setVideoSize(event.currentTarget)}
      style={placement(side)}
    />
  );
}

/** The actual size of the video; it changes when a phone is rotated. */
function setVideoSize({ videoWidth: width, videoHeight: height }: HTMLVideoElement): void {
  const now = source.peek();
  if (now.kind !== 'camera' || width === 0) return;
  if (now.width !== width || now.height !== height) source.value = { ...now, width, height };
}

/** The selected attention map, drawn over the guide's square. */
function Heat({ side }: { side: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = seen.value;
  const { block, strength } = overlay.value;
  const map = now?.attention.find((one) => one.block === block) ?? now?.attention[0];
  useEffect(() => {
    const node = canvas.current;
    const context = node?.getContext('2d');
    if (!node || !context) return;
    node.width = Math.round(GUIDE * side);
    node.height = node.width;
    if (map && strength > 0) {
      drawHeat(context, map, { x: 0, y: 0, width: node.width, height: node.height }, strength);
    }
  }, [map, strength, side]);
  return <canvas ref={canvas} class="heat" role="img" aria-label="Attention overlay" />;
}

function move(change: (look: Look) => Look): void {
  look.value = clampLook(change(look.peek()));
  lookAgain();
}

const zoomBy = (factor: number) => move(({ x, y, zoom }) => ({ x, y, zoom: zoom * factor }));

export const setZoom = (zoom: number) => move(({ x, y }) => ({ x, y, zoom }));
export const zoomRange = ZOOM;

function onKey(event: KeyboardEvent): void {
  const step = 0.02 / look.peek().zoom;
  const moves: Record<string, () => void> = {
    ArrowLeft: () => move((l) => ({ ...l, x: l.x - step })),
    ArrowRight: () => move((l) => ({ ...l, x: l.x + step })),
    ArrowUp: () => move((l) => ({ ...l, y: l.y - step })),
    ArrowDown: () => move((l) => ({ ...l, y: l.y + step })),
    '+': () => zoomBy(1.1),
    '=': () => zoomBy(1.1),
    '-': () => zoomBy(1 / 1.1),
  };
  const act = moves[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

/** One finger or the mouse drags, two fingers zoom. */
function dragging(side: number, mirrored: boolean) {
  const pointers = new Map<number, { x: number; y: number }>();
  let spread = 0;
  const spreadNow = () => {
    const [a, b] = [...pointers.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };
  return {
    onPointerDown(event: PointerEvent) {
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      spread = spreadNow();
    },
    onPointerMove(event: PointerEvent) {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = { x: event.clientX, y: event.clientY };
      pointers.set(event.pointerId, now);
      if (pointers.size === 2) {
        const next = spreadNow();
        if (spread > 0) zoomBy(next / spread);
        spread = next;
        return;
      }
      const [width, height] = size.peek();
      const scale = (GUIDE * side * look.peek().zoom) / Math.min(width, height);
      const dx = (now.x - before.x) * (mirrored ? -1 : 1);
      move((l) => ({ ...l, x: l.x - dx / scale / width, y: l.y - (now.y - before.y) / scale / height }));
    },
    onPointerUp(event: PointerEvent) {
      pointers.delete(event.pointerId);
      spread = 0;
    },
    onPointerCancel(event: PointerEvent) {
      pointers.delete(event.pointerId);
      spread = 0;
    },
  };
}
