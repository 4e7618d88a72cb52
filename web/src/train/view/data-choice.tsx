import { messageOf } from '../../lib/errors.ts';
import { count } from '../../lib/format.ts';
import { hasShipped } from '../../lib/shipped.ts';
import { DropZone } from '../../ui/drop-zone.tsx';
import { FileButton, Notice } from '../../ui/pieces.tsx';
import { setUpForFew, startedFrom } from '../start-weights.ts';
import { chooseFiles, type DataState, given, isBusy, settings } from '../store.ts';
import { ShotsChoice } from './shots-choice.tsx';

/** Controls for the chosen kind of data. */
export function DataChoice() {
  switch (settings.value.data) {
    case 'drawn':
      return (
        <p class="soft small">
          Synthetic faces drawn on your GPU, new ones every epoch. This is a demo; the network won’t recognize
          real faces.
        </p>
      );
    case 'folder':
      return (
        <FilesChoice kind="folder" label="A folder of pictures" button="Choose a folder" folder>
          Drop a folder that has one subfolder per class (PNG, JPEG, WebP).
        </FilesChoice>
      );
    case 'ferplus':
      return (
        <FilesChoice kind="ferplus" label="The files of FER+" button="Choose the files">
          Drop fer2013.csv (from Kaggle) and fer2013new.csv (from github.com/microsoft/FERPlus) together, or
          the folder that Microsoft’s script creates from them.
        </FilesChoice>
      );
    case 'shots':
      return <ShotsChoice />;
  }
}

function FilesChoice(props: {
  kind: 'folder' | 'ferplus';
  label: string;
  button: string;
  folder?: boolean;
  children: string;
}) {
  const { kind } = props;
  return (
    <>
      <DropZone
        label={props.label}
        testId={`${kind}-drop`}
        onDrop={(files) => chooseFiles(kind, files)}
        onProblem={(error) => {
          given[kind].value = { name: 'failed', message: messageOf(error) };
        }}
      >
        <span>{props.children}</span>
        <FileButton
          folder={props.folder ?? false}
          multiple
          disabled={isBusy.value}
          testId={`${kind}-input`}
          onFiles={(files) =>
            chooseFiles(
              kind,
              files.map((file) => ({ path: file.webkitRelativePath || file.name, file })),
            )
          }
        >
          {props.button}
        </FileButton>
      </DropZone>
      <State state={given[kind].value} />
    </>
  );
}

function State({ state }: { state: DataState }) {
  switch (state.name) {
    case 'none':
      return null;
    case 'reading':
      return (
        <div role="status">
          <p class="small soft">
            Reading {count(state.done)} of {count(state.total)}
          </p>
          <div class="progress">
            <i style={{ '--share': state.total ? state.done / state.total : 0 }} />
          </div>
        </div>
      );
    case 'failed':
      return (
        <Notice title="These pictures can’t be used" kind="bad" testId="data-problem">
          <p>{state.message}</p>
        </Notice>
      );
    case 'ready': {
      const { pictures, classNames, skipped } = state.summary;
      return (
        <div class="small soft" role="status" data-testid="data-summary">
          {count(pictures)} pictures of {classNames.length} classes
          {pictures < FEW && startedFrom.value === null && <FewPictures pictures={pictures} />}
          {skipped.length > 0 && (
            <details>
              <summary>{count(skipped.length)} skipped</summary>
              <ul>
                {skipped.slice(0, 50).map(({ name, reason }) => (
                  <li key={name}>
                    {name}: {reason}
                  </li>
                ))}
              </ul>
            </details>
          )}
        </div>
      );
    }
  }
}

/** Below this number of images, training from random weights rarely works. */
const FEW = 1000;

function FewPictures({ pictures }: { pictures: number }) {
  if (!hasShipped || settings.value.model !== 'fer_mobilenetv3' || settings.value.variant !== 'paper')
    return null;
  return (
    <div class="few">
      <p>These are too few to train from random weights.</p>
      <button type="button" class="button" disabled={isBusy.value} onClick={() => setUpForFew(pictures)}>
        Set up for few pictures
      </button>
    </div>
  );
}
