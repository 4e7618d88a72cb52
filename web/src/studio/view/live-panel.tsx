import { useCallback, useEffect, useRef } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { percent, short } from '../../lib/format.ts';
import { CameraSelect } from '../../ui/camera-select.tsx';
import { CameraVideo } from '../../ui/camera-video.tsx';
import { DropZone } from '../../ui/drop-zone.tsx';
import { FileButton } from '../../ui/pieces.tsx';
import { camera } from '../camera.ts';
import { answerOf, hidePicture, lookAtVideo, picture, seen, showPicture } from '../live.ts';
import type { Seen } from '../messages.ts';
import { isBusy } from '../run.ts';
import { problem, project, trained } from '../store.ts';

const USER = 'live';

/** The camera or a picture, recognized by the network, also while it is trained. */
export function LivePanel() {
  const isOn = camera.users.value.has(USER);
  const stream = camera.stream.value;
  const hasModel = trained.value !== null || isBusy.value;
  const now = seen.value;
  return (
    <section class="panel live" aria-labelledby="live">
      <div class="panel-head">
        <h2 id="live">Try it</h2>
        {isBusy.value && <span class="soft small">The network as it is now</span>}
      </div>
      <DropZone
        class="live-stage"
        label="The picture to recognize"
        testId="live-drop"
        onDrop={([first]) => first && showPicture(first.file, first.path)}
        onProblem={(error) => {
          problem.value = messageOf(error);
        }}
      >
        {picture.value ? (
          <ShownPicture bitmap={picture.value.bitmap} />
        ) : isOn && stream ? (
          <LiveVideo stream={stream} />
        ) : (
          <p class="soft">
            {isOn ? 'Waiting for the camera …' : 'Turn on the camera, or drop a picture here.'}
          </p>
        )}
        {(picture.value || (isOn && stream)) && <CropMark now={now} mirrored={!picture.value} />}
      </DropZone>
      <div class="buttons">
        <button
          type="button"
          class="button"
          onClick={() => {
            if (isOn) camera.leave(USER);
            else {
              hidePicture();
              void camera.use(USER);
            }
          }}
        >
          {isOn ? 'Turn camera off' : 'Turn camera on'}
        </button>
        <FileButton
          accept="image/*"
          testId="live-input"
          onFiles={([file]) => file && showPicture(file, file.name)}
        >
          Choose a picture
        </FileButton>
        {picture.value && (
          <button type="button" class="button plain" onClick={hidePicture}>
            Close picture
          </button>
        )}
      </div>
      {isOn && <CameraSelect camera={camera} />}
      {hasModel ? <Answer now={now} /> : <p class="soft small">Train first; then the answer appears here.</p>}
    </section>
  );
}

function LiveVideo({ stream }: { stream: MediaStream }) {
  const handle = useRef(0);
  const onVideo = useCallback((node: HTMLVideoElement | null) => {
    if (!node) return;
    const next = () => {
      if (!node.isConnected) return;
      void lookAtVideo(node);
      handle.current = node.requestVideoFrameCallback(next);
    };
    handle.current = node.requestVideoFrameCallback(next);
  }, []);
  return <CameraVideo stream={stream} class="live-video" onVideo={onVideo} />;
}

function ShownPicture({ bitmap }: { bitmap: ImageBitmap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const node = canvas.current;
    if (!node) return;
    node.width = bitmap.width;
    node.height = bitmap.height;
    node.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return <canvas ref={canvas} class="live-picture" role="img" aria-label="The chosen picture" />;
}

/** The outline of the part that the network received. */
function CropMark({ now, mirrored }: { now: Seen; mirrored: boolean }) {
  if (now.kind !== 'seen') return null;
  const { window, size } = now;
  const [width, height] = size;
  const { left, top, size: side, angle } = window;
  const center = `${left + side / 2} ${top + side / 2}`;
  return (
    <svg
      class={mirrored ? 'crop-mark mirrored' : 'crop-mark'}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMidYMid meet"
      aria-hidden="true"
    >
      <rect
        x={left}
        y={top}
        width={side}
        height={side}
        transform={`rotate(${(angle * 180) / Math.PI} ${center})`}
      />
    </svg>
  );
}

function Answer({ now }: { now: Seen }) {
  const { text, isClass } = answerOf(now);
  const names = now.kind === 'seen' ? now.classNames : project.value.classes.map(({ name }) => name);
  const values = now.kind === 'seen' ? now.probabilities : null;
  const best = values ? values.indexOf(Math.max(...values)) : -1;
  return (
    <div class="live-answer">
      <p class={isClass ? 'live-verdict' : 'live-verdict unsure'} data-testid="verdict">
        {text}
      </p>
      <ul class="bars">
        {names.map((name, i) => {
          const p = values?.[i] ?? 0;
          return (
            <li key={name} class={isClass && i === best ? 'best' : undefined}>
              <span title={name}>{name}</span>
              <i style={{ '--p': p }} />
              <b>{values ? percent(p) : '–'}</b>
            </li>
          );
        })}
      </ul>
      {now.kind === 'seen' && <p class="soft small">{short(now.milliseconds)} ms per picture</p>}
    </div>
  );
}
