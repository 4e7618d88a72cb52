import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { SharedCamera } from '../../recognize/shared-camera.ts';
import { CameraSelect } from '../../ui/camera-select.tsx';
import { CameraVideo } from '../../ui/camera-video.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { Notice } from '../../ui/pieces.tsx';
import {
  addClass,
  loadShots,
  removeClass,
  removeLastShot,
  shotClasses,
  shotCounts,
  takeShot,
} from '../shots.ts';

/** Milliseconds between two shots while a button is held. */
const EVERY = 250;
const USER = 'shots';
const camera = new SharedCamera();

/** The camera, and per class a button that takes shots while it is held. */
export function ShotsChoice() {
  const video = useRef<HTMLVideoElement | null>(null);
  const onVideo = useCallback((node: HTMLVideoElement | null) => {
    video.current = node;
  }, []);
  useEffect(() => {
    loadShots();
    return () => camera.leaveAll(); // also a camera that is only being asked for
  }, []);
  const isOn = camera.users.value.has(USER);
  const stream = camera.stream.value;
  const problem = camera.problem.value;
  return (
    <div class="shots">
      {isOn && stream && <CameraVideo stream={stream} class="shot-video" onVideo={onVideo} />}
      <button type="button" class="button" onClick={() => (isOn ? camera.leave(USER) : camera.use(USER))}>
        {isOn ? 'Turn camera off' : 'Turn camera on'}
      </button>
      {isOn && <CameraSelect camera={camera} />}
      {problem && (
        <Notice title="No camera" kind="bad" testId="data-problem">
          <p>{problem}</p>
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
            disabled={!stream}
            shoot={() => video.current && takeShot(video.current, name)}
          />
        ))}
      </ul>
      <NewClass />
    </div>
  );
}

function ShotClass(props: { name: string; count: number; disabled: boolean; shoot: () => void }) {
  const { name, count } = props;
  return (
    <li>
      <HoldButton disabled={props.disabled} every={EVERY} onAct={props.shoot}>
        {name}
      </HoldButton>
      <span class="soft" data-testid={`shots-${name}`}>
        {count}
      </span>
      <button
        type="button"
        class="button plain icon"
        aria-label={`Delete the latest shot of ${name}`}
        title={`Delete the latest shot of ${name}`}
        disabled={count === 0}
        onClick={() => removeLastShot(name)}
      >
        −
      </button>
      <button
        type="button"
        class="button plain icon"
        aria-label={`Remove the class ${name} and its shots`}
        title={`Remove the class ${name} and its shots`}
        onClick={() => removeClass(name)}
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
