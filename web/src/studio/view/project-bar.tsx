import { useRef } from 'preact/hooks';
import { percent } from '../../lib/format.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Undo } from '../../ui/icons.tsx';
import { FileButton } from '../../ui/pieces.tsx';
import { undoable, undoLast } from '../../ui/undo.ts';
import type { Project } from '../project.ts';
import { deleteProject, duplicateProject, exportProject, importProject, renameProject } from '../projects.ts';
import { isBusy } from '../run.ts';
import { shareLink } from '../share.ts';
import { createProject, openProject, project, projects } from '../store.ts';

/** The open project's name, and the way to the others. */
export function ProjectBar() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { id, name } = project.value;
  const latest = undoable.value.at(-1);
  return (
    <div class="project-bar">
      <label>
        <span class="soft small">Project</span>
        <input
          key={id}
          type="text"
          class="quiet"
          maxLength={60}
          value={name}
          onChange={(event) => {
            const field = event.currentTarget;
            if (field.value.trim() === '') field.value = name;
            void renameProject(id, field.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur();
          }}
        />
      </label>
      <div class="buttons">
        <button type="button" class="button" onClick={() => dialog.current?.showModal()}>
          Projects
        </button>
        <button type="button" class="button" disabled={isBusy.value} onClick={() => createProject()}>
          New
        </button>
        <CopyButton class="plain" isLink text={() => shareLink(project.peek())}>
          Copy link to settings
        </CopyButton>
        {latest && (
          <button type="button" class="button plain" title={latest.text} onClick={undoLast}>
            <Undo /> Undo
          </button>
        )}
      </div>
      <dialog ref={dialog} class="projects" aria-labelledby="projects">
        <Projects close={() => dialog.current?.close()} />
      </dialog>
    </div>
  );
}

function Projects({ close }: { close: () => void }) {
  return (
    <>
      <div class="panel-head">
        <h2 id="projects">Projects in this browser</h2>
        <button type="button" class="button plain" onClick={close}>
          Close
        </button>
      </div>
      {projects.value.length === 0 && (
        <p class="soft">None yet. A project is stored with its first picture.</p>
      )}
      <ul class="project-list">
        {projects.value.map((one) => (
          <ProjectRow key={one.id} one={one} close={close} />
        ))}
      </ul>
      <div class="buttons">
        <FileButton
          accept=".zip"
          disabled={isBusy.value}
          testId="import-input"
          onFiles={([file]) => {
            if (!file) return;
            void importProject(file);
            close();
          }}
        >
          Import a project
        </FileButton>
      </div>
    </>
  );
}

function ProjectRow({ one, close }: { one: Project; close: () => void }) {
  const { id, name, classes, result, changed } = one;
  const isShown = id === project.value.id;
  const accuracy = result?.accuracy ?? null;
  const open = () => {
    void openProject(id);
    close();
  };
  return (
    <li data-testid="project-row" aria-current={isShown ? 'true' : undefined}>
      <div>
        <input
          type="text"
          class="quiet"
          aria-label={`Name of the project ${name}`}
          maxLength={60}
          value={name}
          onChange={(event) => renameProject(id, event.currentTarget.value)}
        />
        <p class="soft small">
          {classes.map((each) => each.name).join(', ')}
          {accuracy !== null && ` · ${percent(accuracy)}`} ·{' '}
          {new Date(changed).toLocaleDateString('en-US', { dateStyle: 'medium' })}
        </p>
      </div>
      <div class="buttons">
        <button type="button" class="button" disabled={isShown || isBusy.value} onClick={open}>
          {isShown ? 'Open now' : 'Open'}
        </button>
        <button
          type="button"
          class="button plain"
          disabled={isBusy.value}
          onClick={() => duplicateProject(id).then(close)}
        >
          Duplicate
        </button>
        <button type="button" class="button plain" onClick={() => exportProject(id)}>
          Export
        </button>
        <button
          type="button"
          class="button plain"
          disabled={isShown && isBusy.value}
          onClick={() => deleteProject(id).then(close)}
        >
          Delete
        </button>
      </div>
    </li>
  );
}
