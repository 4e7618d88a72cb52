import { useEffect, useRef, useState } from 'preact/hooks';
import { centerSquare, cropOf } from '../../lib/crop.ts';
import type { Shot, Subject } from '../project.ts';

/** Pixels along each side of a small picture. */
const SIDE = 112;

/** A training picture as the network receives it, with a button that deletes it. */
export function Thumb(props: { shot: Shot; subject: Subject; label: string; onRemove: () => void }) {
  const { shot, subject, label } = props;
  const { picture, width, height, face } = shot;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isBroken, setBroken] = useState(false);
  const hasNoFace = subject === 'faces' && face === null;
  useEffect(() => {
    let isShown = true;
    const window = subject === 'faces' && face ? face : centerSquare(width, height);
    createImageBitmap(picture).then(
      (bitmap) => {
        if (isShown) canvas.current?.getContext('2d')?.putImageData(cropOf(bitmap, window, SIDE), 0, 0);
        bitmap.close();
      },
      () => setBroken(true),
    );
    return () => {
      isShown = false;
    };
  }, [picture, subject, face, width, height]);
  return (
    <li class={hasNoFace ? 'thumb off' : 'thumb'}>
      <canvas ref={canvas} width={SIDE} height={SIDE} role="img" aria-label={label} />
      {hasNoFace && <span class="badge">No face</span>}
      {isBroken && <span class="badge">Unreadable</span>}
      <button type="button" aria-label={`Delete ${label}`} title={`Delete ${label}`} onClick={props.onRemove}>
        ×
      </button>
    </li>
  );
}
