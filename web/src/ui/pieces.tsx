import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { sized } from './sized-canvas.ts';

/** A value with its name above it. */
export function Figure(props: { name: string; value: string; unit?: string; testId?: string }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd data-testid={props.testId}>
        {props.value}
        {props.unit && <small>{props.unit}</small>}
      </dd>
    </div>
  );
}

export function Notice(props: {
  title: string;
  kind?: 'plain' | 'bad';
  children?: ComponentChildren;
  testId?: string;
}) {
  const isBad = props.kind === 'bad';
  return (
    <div class={isBad ? 'notice bad' : 'notice'} role={isBad ? 'alert' : 'status'} data-testid={props.testId}>
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** A group of radio buttons, side by side. */
export function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  disabled?: boolean;
}) {
  const name = useId();
  return (
    <div class="choice" role="radiogroup" aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={props.value === value}
            disabled={props.disabled}
            onChange={() => props.onChange(value)}
          />
          {text}
        </label>
      ))}
    </div>
  );
}

/** A button that opens the file dialog, with `folder` for a whole folder. */
export function FileButton(props: {
  children: ComponentChildren;
  accept?: string;
  folder?: boolean;
  multiple?: boolean;
  class?: string;
  disabled?: boolean;
  onFiles: (files: File[]) => void;
  testId?: string;
}) {
  const input = useRef<HTMLInputElement>(null);
  // useEffect would run after the first paint, so a click could come before it
  useLayoutEffect(() => {
    if (input.current) input.current.webkitdirectory = props.folder ?? false;
  }, [props.folder]);
  return (
    <>
      <button
        type="button"
        class={`button ${props.class ?? ''}`}
        disabled={props.disabled}
        onClick={() => input.current?.click()}
      >
        {props.children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={props.accept}
        multiple={props.multiple}
        data-testid={props.testId}
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files && files.length > 0) props.onFiles([...files]);
          event.currentTarget.value = ''; // the same file can be chosen again
        }}
      />
    </>
  );
}

/** A canvas that redraws when `draw` changes. `draw` works in CSS pixels. */
export function Canvas(props: {
  width: number;
  height: number;
  label: string;
  class?: string;
  draw: (context: CanvasRenderingContext2D) => void;
}) {
  const { width, height, draw } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const node = canvas.current;
    const context = node && sized(node, width, height);
    if (context) draw(context);
  }, [width, height, draw]);
  return <canvas ref={canvas} class={props.class} role="img" aria-label={props.label} />;
}

/** A face from raw pixels. */
export function FaceCanvas({ image, label }: { image: ImageData; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(image, 0, 0);
  }, [image]);
  return <canvas ref={canvas} width={image.width} height={image.height} role="img" aria-label={label} />;
}
