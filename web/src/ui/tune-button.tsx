import { signal } from '@preact/signals';
import { proxy, type Remote } from 'comlink';
import { messageOf } from '../lib/errors.ts';
import { short } from '../lib/format.ts';
import { spawn } from '../lib/spawn.ts';
import { CopyButton } from './copy-button.tsx';
import { Notice } from './pieces.tsx';
import { ScrollBox } from './scroll-box.tsx';
import type { Tuned, TuneWorker } from './tune-worker.ts';
import workerUrl from './tune-worker.ts?worker&url';

/** Seconds of one press. */
const SECONDS = 20;
/** Rows of the table. */
const MOST_ROWS = 10;

/** whether feathergrad uses the tuned kernels on this page */
export const usesTuned = signal(false);
const progress = signal<{ share: number; key: string } | null>(null);
const result = signal<Tuned | null>(null);
const problem = signal<string | null>(null);
let running: { remote: Remote<TuneWorker>; worker: Worker } | null = null;

async function start(batch: number, side: number): Promise<void> {
  problem.value = null;
  progress.value = { share: 0, key: '' };
  running = spawn<TuneWorker>(workerUrl);
  const onProgress = proxy((share: number, key: string) => {
    progress.value = { share, key };
  });
  try {
    result.value = await running.remote.run({ batch, side, seconds: SECONDS }, onProgress);
    usesTuned.value = true;
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    running.worker.terminate();
    running = null;
    progress.value = null;
  }
}

/** Measures the fastest variant of each kernel on this adapter and keeps it in this browser. */
export function TuneButton(props: { batch: number; side: number; disabled?: boolean }) {
  const now = progress.value;
  const found = result.value;
  return (
    <section class="panel" aria-labelledby="tune">
      <div class="panel-head">
        <h2 id="tune">Tuned kernels</h2>
        <span class="soft small">
          Measures the variants of each kernel at this batch size and input side, for up to {SECONDS} s, and
          keeps the fastest in this browser.
        </span>
      </div>
      <div class="buttons">
        {now ? (
          <button type="button" class="button" onClick={() => void running?.remote.stop()}>
            Stop tuning
          </button>
        ) : (
          <button
            type="button"
            class="button"
            disabled={props.disabled}
            onClick={() => void start(props.batch, props.side)}
          >
            {found && found.left > 0 ? 'Continue tuning' : 'Tune for this GPU'}
          </button>
        )}
        {found && !now && (
          <CopyButton text={() => JSON.stringify(found.table, null, 1)}>Copy tuning table</CopyButton>
        )}
      </div>
      {now && (
        <>
          <p class="soft" role="status">
            Tuning … {now.key}
          </p>
          <div class="progress">
            <i style={{ '--share': now.share }} />
          </div>
        </>
      )}
      {problem.value && (
        <Notice title="Tuning failed" kind="bad">
          <p>{problem.value}</p>
        </Notice>
      )}
      {found && !now && <Result found={found} />}
    </section>
  );
}

function Result({ found }: { found: Tuned }) {
  const { measured, known, left, cacheProblem } = found;
  const faster = measured.filter(({ variant }) => variant !== 'default');
  const gain = ({ count, defaultMs, variantMs }: Tuned['measured'][number]) =>
    count * (defaultMs - variantMs);
  const total = (of: (one: Tuned['measured'][number]) => number) =>
    measured.reduce((sum, one) => sum + one.count * of(one), 0);
  const rows = [...faster].sort((a, b) => gain(b) - gain(a)).slice(0, MOST_ROWS);
  return (
    <>
      <p role="status" data-testid="tuned">
        {measured.length > 0 &&
          `${faster.length} of ${measured.length} measured kernels have a faster variant: ${short(total(({ variantMs }) => variantMs))} ms instead of ${short(total(({ defaultMs }) => defaultMs))} ms in total. `}
        {known > 0 && `${known} were measured before. `}
        {left > 0 && `${left} are not measured yet.`}
      </p>
      {cacheProblem && <p class="soft">This browser did not store the result: {cacheProblem}</p>}
      <label class="check">
        <input
          type="checkbox"
          checked={usesTuned.value}
          onChange={(event) => {
            usesTuned.value = event.currentTarget.checked;
          }}
        />
        <span>Use the tuned kernels for feathergrad in the comparison</span>
      </label>
      {rows.length > 0 && (
        <ScrollBox label="Tuned kernels">
          <table>
            <thead>
              <tr>
                <th scope="col">Kernel and shape</th>
                <th scope="col">Variant</th>
                <th scope="col" class="number">
                  Calls
                </th>
                <th scope="col" class="number">
                  Default
                </th>
                <th scope="col" class="number">
                  Tuned
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ key, variant, count, defaultMs, variantMs }) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>{variant}</td>
                  <td class="number">{count}</td>
                  <td class="number">{short(defaultMs)} ms</td>
                  <td class="number">{short(variantMs)} ms</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </>
  );
}
