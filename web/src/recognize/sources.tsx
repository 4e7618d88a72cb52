import { FaceCanvas, FileButton } from '../ui/pieces.tsx';
import { openCamera, stopCamera } from './camera.ts';
import { centered } from './look.ts';
import { setZoom, zoomRange } from './stage.tsx';
import {
  faces,
  isSearching,
  largestOnly,
  look,
  lookAgain,
  onCpu,
  problem,
  request,
  samples,
  setLargestOnly,
  setUseGuide,
  show,
  source,
  useGuide,
  usePicture,
  useSample,
} from './store.ts';

/** Selects the image: a file, the camera or a sample. */
export function Sources() {
  const isCamera = source.value.kind === 'camera';
  return (
    <section class="sources" aria-label="Choose a picture">
      <div class="buttons">
        <FileButton
          accept="image/*"
          testId="picture-input"
          onFiles={([file]) => file && usePicture(file, file.name)}
        >
          Choose a picture
        </FileButton>
        <button type="button" class="button" onClick={isCamera ? () => show({ kind: 'none' }) : startCamera}>
          {isCamera ? 'Turn camera off' : 'Turn camera on'}
        </button>
      </div>
      {samples.value.length > 0 && (
        <div class="samples">
          <span class="soft small">Samples</span>
          {samples.value.map((image, i) => (
            <button key={i} type="button" class="sample" onClick={() => useSample(i)}>
              <FaceCanvas image={image} label={`Sample ${i + 1}, a drawn face`} />
            </button>
          ))}
        </div>
      )}
    </section>
  );
}

async function startCamera(): Promise<void> {
  const isOutdated = request();
  try {
    const stream = await openCamera();
    if (isOutdated()) return stopCamera(stream); // permission was given after the page was left
    const { width = 640, height = 480 } = stream.getVideoTracks()[0]?.getSettings() ?? {};
    show({ kind: 'camera', stream, width, height });
  } catch (error) {
    if (isOutdated()) return;
    problem.value = error instanceof Error ? error.message : String(error);
  }
}

/** Options for faces, and zoom and centering for the guide. */
export function StageTools() {
  return (
    <div class="stage-tools">
      {onCpu.value === null && <FaceSwitches />}
      {faces.value.length === 0 && !isSearching.value && <GuideTools />}
    </div>
  );
}

function FaceSwitches() {
  return (
    <>
      <label class="switch">
        <input
          type="checkbox"
          checked={largestOnly.value}
          disabled={useGuide.value}
          onChange={(event) => setLargestOnly(event.currentTarget.checked)}
        />
        <span>Largest face only</span>
      </label>
      <label class="switch">
        <input
          type="checkbox"
          checked={useGuide.value}
          onChange={(event) => setUseGuide(event.currentTarget.checked)}
        />
        <span>Place the face by hand</span>
      </label>
    </>
  );
}

function GuideTools() {
  return (
    <>
      <label>
        <span class="soft">Zoom</span>
        <input
          type="range"
          min={Math.log(zoomRange.low)}
          max={Math.log(zoomRange.high)}
          step="0.01"
          value={Math.log(look.value.zoom)}
          onInput={(event) => setZoom(Math.exp(Number(event.currentTarget.value)))}
        />
      </label>
      <button
        type="button"
        class="button plain"
        onClick={() => {
          look.value = centered();
          lookAgain();
        }}
      >
        Center
      </button>
    </>
  );
}
