// Controls shared by the lessons.
import { useId } from 'preact/hooks';

/** A slider with its value shown next to it. `steps` lists the values if they are not evenly spaced. */
export function Slider(props: {
  label: string;
  value: number;
  min?: number;
  max?: number;
  step?: number;
  steps?: readonly number[];
  show?: (value: number) => string;
  onValue: (value: number) => void;
  testId?: string;
}) {
  const { value, steps, min = 0, max = 1, step = 0.01, show = String } = props;
  const id = useId();
  const range = steps
    ? { min: 0, max: steps.length - 1, step: 1, value: nearest(steps, value) }
    : { min, max, step, value };
  return (
    <div class="slider">
      <label for={id}>{props.label}</label>
      <output for={id}>{show(value)}</output>
      <input
        id={id}
        type="range"
        {...range}
        aria-valuetext={show(value)}
        data-testid={props.testId}
        onInput={(event) => {
          const next = Number(event.currentTarget.value);
          props.onValue(steps ? (steps[next] as number) : next);
        }}
      />
    </div>
  );
}

/** Returns the index of the entry nearest to `value`. */
function nearest(steps: readonly number[], value: number): number {
  const distances = steps.map((one) => Math.abs(one - value));
  return distances.indexOf(Math.min(...distances));
}

/** A switch. */
export function Switch(props: {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
  testId?: string;
}) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={props.on}
        aria-checked={props.on}
        data-testid={props.testId}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}
