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
        filesFromDataTransfer(event.dataTransfer).then((dropped) => {
          const files = [...dropped] as { path: string; file: File }[];
          if (files.length > 0 || dropped.folders.length > 0) props.onDrop(files);
          else props.onProblem(new Error(NO_FILES));
        }, props.onProblem);
      }}
    >
      {props.children}
    </fieldset>
  );
}

const NO_FILES =
  'Nothing was dropped that this page can read: the drop contained no file. Save the picture on your device first, then drop that file.';
