import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { openCamera, stopCamera } from '../../recognize/camera.ts';
import { Notice } from '../../ui/pieces.tsx';
import { addClass, loadShots, removeClass, shotClasses, shotCounts, takeShot } from '../shots.ts';

/** Milliseconds between two shots while a button is held. */
const EVERY = 250;

/** The camera, and per class a button that takes shots while it is held. */
export function ShotsChoice() {
  const video = useRef<HTMLVideoElement>(null);
  const stream = useSignal<MediaStream | null>(null);
  const problem = useSignal<string | null>(null);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    loadShots();
    return () => {
      isGone.current = true;
      const open = stream.peek();
      if (open) stopCamera(open);
    };
  }, [stream]);
  useEffect(() => {
    if (!video.current || !stream.value) return;
    video.current.srcObject = stream.value;
    video.current.play().catch(() => {}); // the element was removed meanwhile
  }, [stream.value]);
  const start = async () => {
    problem.value = null;
    try {
      const opened = await openCamera();
      if (isGone.current) return stopCamera(opened); // permission was given after the page was left
      stream.value = opened;
    } catch (error) {
      if (isGone.current) return;
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  const stop = () => {
    if (stream.value) stopCamera(stream.value);
    stream.value = null;
  };
  return (
    <div class="shots">
      {stream.value ? (
        <>
          <video ref={video} class="shot-video" muted playsInline aria-label="Your camera" />
          <button type="button" class="button" onClick={stop}>
            Turn camera off
          </button>
        </>
      ) : (
        <button type="button" class="button" onClick={start}>
          Turn camera on
        </button>
      )}
      {problem.value && (
        <Notice title="No camera" kind="bad" testId="data-problem">
          <p>{problem.value}</p>
        </Notice>
      )}
      <p class="soft small">
        Hold a button while you make that face. About 20 shots per class is a good start.
      </p>
      <ul class="shot-classes">
        {shotClasses.value.map((name, i) => (
          <ShotClass
            key={name}
            name={name}
            count={shotCounts.value[i] ?? 0}
            disabled={!stream.value}
            shoot={() => video.current && takeShot(video.current, name)}
          />
        ))}
      </ul>
      <NewClass />
    </div>
  );
}

function ShotClass(props: { name: string; count: number; disabled: boolean; shoot: () => void }) {
  const timer = useRef(0);
  const begin = () => {
    clearInterval(timer.current);
    props.shoot();
    timer.current = window.setInterval(props.shoot, EVERY);
  };
  const end = () => clearInterval(timer.current);
  useEffect(() => () => clearInterval(timer.current), []);
  return (
    <li>
      <button
        type="button"
        class="button"
        disabled={props.disabled}
        onPointerDown={begin}
        onPointerUp={end}
        onPointerLeave={end}
        onPointerCancel={end}
        onKeyDown={(event) => {
          if ((event.key === ' ' || event.key === 'Enter') && !event.repeat) begin();
        }}
        onKeyUp={end}
        onBlur={end}
      >
        {props.name}
      </button>
      <span class="soft" data-testid={`shots-${props.name}`}>
        {props.count}
      </span>
      <button
        type="button"
        class="button plain"
        aria-label={`Remove the class ${props.name} and its shots`}
        onClick={() => removeClass(props.name)}
      >
        ×
      </button>
    </li>
  );
}

function NewClass() {
  const wrong = useSignal<string | null>(null);
  const name = useRef<HTMLInputElement>(null);
  const add = () => {
    wrong.value = addClass(name.current?.value ?? '');
    if (wrong.value === null && name.current) name.current.value = '';
  };
  return (
    <div class="new-class">
      <input
        ref={name}
        type="text"
        aria-label="Name of a new class"
        placeholder="New class name"
        maxLength={40}
        onKeyDown={(event) => event.key === 'Enter' && add()}
      />
      <button type="button" class="button" onClick={add}>
        Add
      </button>
      {wrong.value && <p class="small bad">{wrong.value}</p>}
    </div>
  );
}
