import { useId, useState } from 'preact/hooks';

/** A number field. Valid values take effect at once; for others it shows what is expected. */
export function NumberInput(props: {
  label: string;
  value: number;
  hint?: string;
  disabled?: boolean;
  parse: (text: string) => { value: unknown } | { wrong: string };
  onValue: (value: number) => void;
}) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const parsed = draft === null ? null : props.parse(draft);
  const wrong = parsed && 'wrong' in parsed ? parsed.wrong : null;
  const hint = wrong ? wrong.charAt(0).toUpperCase() + wrong.slice(1) : props.hint;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="number"
        step="any"
        inputMode="decimal"
        value={draft ?? String(props.value)}
        disabled={props.disabled}
        aria-invalid={wrong !== null}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => {
          const text = event.currentTarget.value;
          const read = props.parse(text);
          setDraft(text);
          if ('value' in read) props.onValue(Number(read.value));
        }}
        onBlur={() => setDraft(null)}
      />
      {hint && (
        <span id={`${id}-hint`} class={wrong ? 'hint bad' : 'hint'}>
          {hint}
        </span>
      )}
    </div>
  );
}

export function SelectInput(props: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  hint?: string;
  disabled?: boolean;
  onValue: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        disabled={props.disabled}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        onChange={(event) => props.onValue(event.currentTarget.value)}
      >
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {props.hint && (
        <span id={`${id}-hint`} class="hint">
          {props.hint}
        </span>
      )}
    </div>
  );
}
