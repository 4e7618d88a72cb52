import type { SharedCamera } from '../recognize/shared-camera.ts';

/** Chooses among several cameras. */
export function CameraSelect({ camera }: { camera: SharedCamera }) {
  const list = camera.cameras.value;
  if (list.length < 2) return null;
  return (
    <label class="camera-select">
      <span class="soft small">Camera</span>
      <select value={camera.chosen.value} onChange={(event) => camera.choose(event.currentTarget.value)}>
        {list.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
