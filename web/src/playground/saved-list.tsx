import { useState } from 'preact/hooks';
import type { Program } from './examples.ts';
import { deleteProgram, programs, renameProgram, type SavedProgram, saveProgram } from './saved.ts';

/** A form that saves the program, and the list of saved programs. */
export function SavedList({
  current,
  onOpen,
}: {
  current: () => Program;
  onOpen: (one: SavedProgram) => void;
}) {
  const [name, setName] = useState('');
  const [said, say] = useState('');
  const exists = programs.value.some((one) => one.name === name.trim());
  return (
    <section class="stack" aria-labelledby="saved-title">
      <h2 id="saved-title">Your programs</h2>
      <form
        class="save-form"
        onSubmit={(event) => {
          event.preventDefault();
          const trimmed = name.trim();
          if (!trimmed) return say('Enter a name first.');
          saveProgram(trimmed, current());
          say(`Saved “${trimmed}”.`);
          setName('');
        }}
      >
        <input
          type="text"
          aria-label="Name of the program"
          placeholder="Name"
          maxLength={60}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="button">
          {exists ? 'Replace' : 'Save'}
        </button>
      </form>
      <p class="soft small" aria-live="polite">
        {said || 'Programs are saved in this browser only.'}
      </p>
      {programs.value.length > 0 && (
        <ul class="saved" data-testid="saved">
          {programs.value.map((one) => (
            <Entry key={one.id} program={one} onOpen={onOpen} say={say} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Entry(props: {
  program: SavedProgram;
  onOpen: (one: SavedProgram) => void;
  say: (text: string) => void;
}) {
  const { program, onOpen, say } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  if (draft !== null) {
    return (
      <li>
        <form
          class="save-form"
          onSubmit={(event) => {
            event.preventDefault();
            const name = draft.trim();
            if (!name) return say('Enter a name first.');
            if (!renameProgram(program.id, name)) return say(`Another program is called “${name}”.`);
            say(`Renamed to “${name}”.`);
            setDraft(null);
          }}
        >
          <input
            type="text"
            aria-label={`New name of ${program.name}`}
            maxLength={60}
            value={draft}
            onInput={(event) => setDraft(event.currentTarget.value)}
          />
          <button type="submit" class="button">
            Rename
          </button>
          <button type="button" class="button plain" onClick={() => setDraft(null)}>
            Cancel
          </button>
        </form>
      </li>
    );
  }
  return (
    <li>
      <button type="button" class="link" onClick={() => onOpen(program)}>
        {program.name}
      </button>
      <button
        type="button"
        class="button plain"
        aria-label={`Rename ${program.name}`}
        onClick={() => setDraft(program.name)}
      >
        Rename
      </button>
      <button
        type="button"
        class="button plain"
        aria-label={isAsking ? `Delete ${program.name} for good` : `Delete ${program.name}`}
        onBlur={() => setAsking(false)}
        onClick={() => {
          if (!isAsking) return setAsking(true);
          deleteProgram(program.id);
          say(`Deleted “${program.name}”.`);
        }}
      >
        {isAsking ? 'Delete for good?' : 'Delete'}
      </button>
    </li>
  );
}
