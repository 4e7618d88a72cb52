import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { NoWebGpu } from '../../app/no-webgpu.tsx';
import { place, replaceParams } from '../../app/router.ts';
import { count } from '../../lib/format.ts';
import { FileButton, Notice } from '../../ui/pieces.tsx';
import { UndoOffer } from '../../ui/undo-offer.tsx';
import { camera } from '../camera.ts';
import { openGpu } from '../engine.ts';
import { freeName, hasBackground } from '../project.ts';
import { isBusy, noGpu } from '../run.ts';
import { projectFrom } from '../share.ts';
import { addBackground, addClass, addFolder, reading } from '../shots.ts';
import { isOpen, openStudio, problem, project, projects, show } from '../store.ts';
import { ClassCard } from './class-card.tsx';
import { LivePanel } from './live-panel.tsx';
import { listenForPaste } from './paste.ts';
import { ProjectBar } from './project-bar.tsx';
import { TrainPanel } from './train-panel.tsx';

/** what a link has set up, and its parts that make no sense */
const fromLink = signal<{ wrong: string[] } | null>(null);

/** Opens the project that the address describes, otherwise the one that was open last. */
async function openFromAddress(): Promise<void> {
  await openStudio();
  const { page, params } = place.peek();
  const shared = page === 'studio' && !isBusy.peek() ? projectFrom(params) : null;
  if (!shared) return;
  const taken = projects.peek().map(({ name }) => name);
  show({ ...shared.project, name: freeName(shared.project.name, taken) });
  fromLink.value = { wrong: shared.wrong };
  replaceParams('studio', new URLSearchParams()); // a reload shall not set it up again
}

export function StudioView() {
  useEffect(() => {
    void openGpu();
    void openFromAddress();
    const endPaste = listenForPaste();
    return () => {
      endPaste();
      camera.leaveAll(); // also a camera that is only being asked for
    };
  }, []);
  const { params } = place.value;
  useEffect(() => {
    if (isOpen.peek()) void openFromAddress();
  }, [params.toString()]);
  if (noGpu.value !== null) return <NoWebGpu why={noGpu.value} />;
  return (
    <>
      <div class="page-head">
        <h1>Teach it something in two minutes</h1>
        <p>
          Show examples of each class, press Train, and try it. Everything is computed on your own GPU;
          nothing is uploaded.
        </p>
      </div>
      <ProjectBar />
      {fromLink.value && <LinkNotice wrong={fromLink.value.wrong} />}
      {problem.value && (
        <Notice title="Something went wrong" kind="bad" testId="problem">
          <p>{problem.value}</p>
        </Notice>
      )}
      {camera.problem.value && (
        <Notice title="No camera" kind="bad" testId="camera-problem">
          <p>{camera.problem.value}</p>
        </Notice>
      )}
      <div class="studio" aria-busy={!isOpen.value}>
        <section class="teach" aria-label="Classes">
          {isOpen.value && project.value.classes.map((one) => <ClassCard key={one.id} one={one} />)}
          <div class="buttons">
            <button type="button" class="button" disabled={isBusy.value} onClick={addClass}>
              Add a class
            </button>
            <FileButton
              folder
              multiple
              class="plain"
              disabled={isBusy.value}
              testId="folder-input"
              onFiles={(files) =>
                addFolder(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })))
              }
            >
              Add a folder of classes
            </FileButton>
          </div>
          <BackgroundOffer />
          {reading.value && (
            <div role="status" data-testid="reading">
              <p class="small soft">
                {reading.value.text}, {count(reading.value.done)} of {count(reading.value.total)}
              </p>
              <div class="progress">
                <i style={{ '--share': reading.value.done / Math.max(1, reading.value.total) }} />
              </div>
            </div>
          )}
        </section>
        <TrainPanel />
        <LivePanel />
      </div>
      <p class="soft small">
        All settings at once, drawn faces, folders and FER+ are on the page <a href="#/train">Train</a>.
      </p>
      <UndoOffer />
    </>
  );
}

/** Says what happens with pictures that show none of the classes. */
function BackgroundOffer() {
  const { subject, classes } = project.value;
  if (subject === 'faces') return null;
  if (hasBackground(classes)) {
    return (
      <p class="soft small" data-testid="background">
        Fill the background class with about as many pictures as the others: the scene without any of them,
        from several sides.
      </p>
    );
  }
  return (
    <div class="stack" data-testid="background">
      <p class="small">
        The network knows only these classes. Whatever it sees, it answers with one of them or “Not sure”, and
        it can be sure and wrong. A background class, with pictures of the empty scene, makes “nothing of
        these” an answer.
      </p>
      <div class="buttons">
        <button type="button" class="button" disabled={isBusy.value} onClick={addBackground}>
          Add a background class
        </button>
      </div>
    </div>
  );
}

/** What a link carries, and what it expects. */
function LinkNotice({ wrong }: { wrong: string[] }) {
  const { classes, subject } = project.value;
  return (
    <Notice title="This link has set up a new project" testId="from-link">
      <p>
        It carries settings and the names of {classes.length} classes, but no pictures. Add your own{' '}
        {subject === 'faces' ? 'pictures of faces' : 'pictures'} of{' '}
        {classes.map(({ name }) => name).join(', ')}, then press Train.
      </p>
      {wrong.length > 0 && <p>These parts of the link are invalid: {wrong.join('; ')}</p>}
      <button
        type="button"
        class="button"
        onClick={() => {
          fromLink.value = null;
        }}
      >
        OK
      </button>
    </Notice>
  );
}
