import { useEffect, useState } from 'preact/hooks';
import { NoWebGpu } from '../app/no-webgpu.tsx';
import { place, replaceParams } from '../app/router.ts';
import { duration } from '../lib/format.ts';
import { save } from '../lib/save.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Download } from '../ui/icons.tsx';
import { Notice } from '../ui/pieces.tsx';
import { TuneButton } from '../ui/tune-button.tsx';
import { Kernels } from './kernels.tsx';
import { Limits } from './limits.tsx';
import { LIBRARY_NAMES } from './messages.ts';
import { Network } from './network.tsx';
import { resultOf } from './result-of.ts';
import { Results, showLinked } from './results.tsx';
import { SetUp } from './set-up.tsx';
import { linkToResult } from './share-result.ts';
import { doing, doingSince, noGpu, open, problem, report, settings, share } from './store.ts';

/** Seconds since the present part began. */
function Elapsed() {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.floor((now - doingSince.value) / 1000);
  return seconds >= 2 ? <span aria-hidden="true">{duration(seconds)}</span> : null;
}

export function CompareView() {
  useEffect(() => {
    open();
  }, []);
  const linked = place.value.page === 'compare' ? place.value.params.get('result') : null;
  useEffect(() => {
    if (linked === null) return;
    void showLinked(linked);
    const params = new URLSearchParams(place.peek().params);
    params.delete('result'); // a reload shall not show it again
    replaceParams('compare', params);
  }, [linked]);
  if (noGpu.value !== null) {
    return (
      <>
        <NoWebGpu why={noGpu.value} />
        <Results />
      </>
    );
  }
  const found = report.value;
  return (
    <>
      <div class="page-head">
        <h1>How fast is this device?</h1>
        <p>
          See its limits, how close each kernel gets to them, and how fast other libraries run the same
          network. Close other heavy programs first.
        </p>
      </div>
      <div class="compare">
        <SetUp />
        <div class="work">
          {doing.value && (
            <div class="doing">
              <p class="soft">
                <span role="status" data-testid="doing">
                  {doing.value} …
                </span>{' '}
                <Elapsed />
              </p>
              <div class="progress">
                <i style={{ '--share': share.value }} />
              </div>
            </div>
          )}
          {problem.value && (
            <Notice title="Something went wrong" kind="bad" testId="problem">
              <p>{problem.value}</p>
            </Notice>
          )}
          {found?.failures.map(({ library, work, message }) => (
            <Notice key={library + work} title={`${LIBRARY_NAMES[library]} failed (${work})`} kind="bad">
              <p>{message}</p>
            </Notice>
          ))}
          {found && found.network.length > 0 && <Network rows={found.network} />}
          {found?.limits && <Limits limits={found.limits} />}
          {found?.limits && found.kernels.length > 0 && (
            <Kernels kernels={found.kernels} limits={found.limits} />
          )}
          {found && !doing.value && (
            <div class="buttons">
              <CopyButton text={() => JSON.stringify(resultOf(found), null, 1)}>Copy result</CopyButton>
              <button
                type="button"
                class="button"
                onClick={() => {
                  const file = new Blob([JSON.stringify(resultOf(found), null, 1)], {
                    type: 'application/json',
                  });
                  save(file, `feathergrad-compare-${found.date.slice(0, 10)}.json`);
                }}
              >
                <Download /> Save as file
              </button>
              <CopyButton isLink text={() => linkToResult(resultOf(found))}>
                Copy link to result
              </CopyButton>
              <CopyButton isLink text={() => location.href}>
                Copy link to settings
              </CopyButton>
            </div>
          )}
          <TuneButton
            batch={settings.value.batch}
            side={settings.value.side}
            disabled={doing.value !== null}
          />
          {!found && !doing.value && (
            <p class="soft">
              Choose what to measure and press Start. On a graphics card everything takes about a minute.
            </p>
          )}
          <Results />
        </div>
      </div>
    </>
  );
}
