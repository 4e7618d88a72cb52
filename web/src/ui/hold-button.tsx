import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A button that repeats an action while it is held, with the pointer or the keyboard. */
export function HoldButton(props: {
  children: ComponentChildren;
  class?: string;
  disabled?: boolean;
  /** milliseconds between two actions */
  every: number;
  onAct: () => void;
}) {
  const timer = useRef(0);
  const act = useRef(props.onAct);
  act.current = props.onAct;
  const begin = () => {
    clearInterval(timer.current);
    act.current();
    timer.current = window.setInterval(() => act.current(), props.every);
  };
  const end = () => clearInterval(timer.current);
  useEffect(() => end, []);
  return (
    <button
      type="button"
      class={`button hold ${props.class ?? ''}`}
      disabled={props.disabled}
      onPointerDown={(event) => event.button === 0 && begin()}
      onPointerUp={end}
      onPointerLeave={end}
      onPointerCancel={end}
      onContextMenu={(event) => event.preventDefault()} // a long touch would open it
      onKeyDown={(event) => {
        if ((event.key === ' ' || event.key === 'Enter') && !event.repeat) begin();
      }}
      onKeyUp={end}
      onBlur={end}
    >
      {props.children}
    </button>
  );
}
