import { filesFromDataTransfer } from 'feathergrad/data';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** Accepts dropped files and folders, with their paths. */
export function DropZone(props: {
  children: ComponentChildren;
  label: string;
  class?: string;
  onDrop: (files: { path: string; file: File }[]) => void;
  onProblem: (error: unknown) => void;
  testId?: string;
}) {
  const [over, setOver] = useState(false);
  return (
    <fieldset
      class={`${props.class ?? 'drop'} ${over ? 'over' : ''}`}
      aria-label={props.label}
      data-testid={props.testId}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (!event.dataTransfer) return;
        filesFromDataTransfer(event.dataTransfer).then(
          (dropped) => props.onDrop([...dropped] as { path: string; file: File }[]),
          props.onProblem,
        );
      }}
    >
      {props.children}
    </fieldset>
  );
}
