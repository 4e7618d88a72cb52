import { useSignal } from '@preact/signals';
import { messageOf } from '../../lib/errors.ts';
import { DropZone } from '../../ui/drop-zone.tsx';
import { Camera, Trash, Upload } from '../../ui/icons.tsx';
import { FileButton } from '../../ui/pieces.tsx';
import { camera } from '../camera.ts';
import type { ProjectClass } from '../project.ts';
import { isBusy } from '../run.ts';
import { addFiles, removeClass, removeShots, renameClass } from '../shots.ts';
import { problem, project, shotsByClass } from '../store.ts';
import { ClassCamera } from './class-camera.tsx';
import { activeClass } from './paste.ts';
import { Thumb } from './thumb.tsx';

/** Number of small pictures that a card shows at first. */
const SHOWN = 24;

/** A class: its name and pictures, and the ways to add more. */
export function ClassCard({ one }: { one: ProjectClass }) {
  const { id, name } = one;
  const list = shotsByClass.value.get(id) ?? [];
  const showAll = useSignal(false);
  const user = `class ${id}`;
  const isOn = camera.users.value.has(user);
  const shown = showAll.value ? list : list.slice(-SHOWN);
  const { subject } = project.value;
  return (
    <DropZone
      class={activeClass.value === id ? 'class-card active' : 'class-card'}
      label={`Class ${name}`}
      testId="class-card"
      onDrop={(files) =>
        addFiles(
          id,
          files.map(({ file }) => file),
        )
      }
      onProblem={(error) => {
        problem.value = messageOf(error);
      }}
    >
      <div
        class="class-body"
        onPointerDown={() => {
          activeClass.value = id;
        }}
        onFocusIn={() => {
          activeClass.value = id;
        }}
      >
        <ClassHead one={one} count={list.length} />
        {isOn && <ClassCamera classId={id} name={name} />}
        {list.length > 0 && (
          <ul class="thumbs" aria-label={`Pictures of ${name}`}>
            {shown.map((shot) => {
              const label = `picture ${list.indexOf(shot) + 1} of ${name}`;
              return (
                <Thumb
                  key={shot.id}
                  shot={shot}
                  subject={subject}
                  label={label}
                  onRemove={() => removeShots([shot], `Deleted ${label}`)}
                />
              );
            })}
          </ul>
        )}
        {list.length > SHOWN && (
          <button
            type="button"
            class="button plain small"
            onClick={() => {
              showAll.value = !showAll.value;
            }}
          >
            {showAll.value ? 'Show fewer' : `Show all ${list.length}`}
          </button>
        )}
        <div class="buttons">
          <button
            type="button"
            class="button"
            onClick={() => (isOn ? camera.leave(user) : void onlyFor(user))}
          >
            <Camera /> {isOn ? 'Turn camera off' : 'Webcam'}
          </button>
          <FileButton
            accept="image/*,.heic,.heif"
            multiple
            testId={`upload-${name}`}
            onFiles={(files) => addFiles(id, files)}
          >
            <Upload /> Upload
          </FileButton>
        </div>
        {list.length === 0 && !isOn && (
          <p class="soft small">
            {one.isBackground ? 'Pictures of the empty scene. You' : 'You'} can also drop or paste pictures
            here.
          </p>
        )}
      </div>
    </DropZone>
  );
}

/** Shows the camera in one card at a time. */
async function onlyFor(user: string): Promise<void> {
  for (const other of camera.users.peek()) if (other.startsWith('class ')) camera.leave(other);
  await camera.use(user);
}

function ClassHead({ one, count }: { one: ProjectClass; count: number }) {
  const wrong = useSignal<string | null>(null);
  const { id, name } = one;
  return (
    <div class="class-head">
      <input
        type="text"
        class="quiet"
        aria-label={`Name of the class ${name}`}
        aria-invalid={wrong.value !== null}
        maxLength={40}
        value={name}
        disabled={isBusy.value}
        onChange={async (event) => {
          const field = event.currentTarget;
          wrong.value = await renameClass(id, field.value);
          if (wrong.value !== null) field.value = name;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
      <span class="soft small" data-testid={`count-${name}`}>
        {count === 1 ? '1 picture' : `${count} pictures`}
      </span>
      <button
        type="button"
        class="button plain icon"
        aria-label={`Delete the class ${name}`}
        title={`Delete the class ${name}`}
        disabled={isBusy.value}
        onClick={() => removeClass(id)}
      >
        <Trash />
      </button>
      {wrong.value && <p class="small bad">{wrong.value}</p>}
    </div>
  );
}
