import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { CameraSelect } from '../../ui/camera-select.tsx';
import { CameraVideo } from '../../ui/camera-video.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { camera } from '../camera.ts';
import { addFrame } from '../shots.ts';

/** Milliseconds between two shots. */
const EVERY = 250;
const COUNT_FROM = 3;
/** Shots that are taken after the countdown. */
const SERIES = 10;

/** The camera of a class card: a button that takes pictures while it is held, and one with a countdown. */
export function ClassCamera({ classId, name }: { classId: string; name: string }) {
  const video = useRef<HTMLVideoElement | null>(null);
  /** seconds left of the countdown, or pictures left of the series */
  const count = useSignal<{ kind: 'seconds' | 'shots'; left: number } | null>(null);
  const timer = useRef(0);
  const onVideo = useCallback((node: HTMLVideoElement | null) => {
    video.current = node;
  }, []);
  const shoot = () => {
    if (video.current) void addFrame(classId, video.current);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const tick = (kind: 'seconds' | 'shots', left: number) => {
    if (left === 0 && kind === 'shots') {
      count.value = null;
      return;
    }
    if (left === 0) return tick('shots', SERIES);
    count.value = { kind, left };
    if (kind === 'shots') shoot();
    timer.current = window.setTimeout(() => tick(kind, left - 1), kind === 'seconds' ? 1000 : EVERY);
  };
  const cancel = () => {
    clearTimeout(timer.current);
    count.value = null;
  };
  const stream = camera.stream.value;
  if (!stream) return <p class="soft small">Waiting for the camera …</p>;
  const now = count.value;
  return (
    <div class="class-camera">
      <div class="camera-frame">
        <CameraVideo stream={stream} class="shot-video" onVideo={onVideo} />
        {now?.kind === 'seconds' && (
          <span class="countdown" role="status">
            {now.left}
          </span>
        )}
      </div>
      <div class="buttons">
        <HoldButton class="primary" every={EVERY} onAct={shoot}>
          Hold to record {name}
        </HoldButton>
        <button type="button" class="button" onClick={now ? cancel : () => tick('seconds', COUNT_FROM)}>
          {now ? 'Cancel' : `${SERIES} pictures in ${COUNT_FROM} s`}
        </button>
      </div>
      <CameraSelect camera={camera} />
    </div>
  );
}
