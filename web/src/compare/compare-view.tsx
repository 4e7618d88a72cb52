import { useEffect } from 'preact/hooks';
import { NoWebGpu } from '../app/no-webgpu.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Notice } from '../ui/pieces.tsx';
import { Kernels } from './kernels.tsx';
import { Limits } from './limits.tsx';
import { LIBRARY_NAMES } from './messages.ts';
import { Network } from './network.tsx';
import { SetUp } from './set-up.tsx';
import { doing, noGpu, open, problem, report } from './store.ts';

export function CompareView() {
  useEffect(() => {
    open();
  }, []);
  if (noGpu.value !== null) return <NoWebGpu why={noGpu.value} />;
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
            <p role="status" class="soft" data-testid="doing">
              {doing.value} …
            </p>
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
              <CopyButton text={() => JSON.stringify(found, null, 1)}>Copy JSON</CopyButton>
              <CopyButton text={() => location.href}>Copy link</CopyButton>
            </div>
          )}
          {!found && !doing.value && (
            <p class="soft">
              Choose what to measure and press Start. On a graphics card everything takes about a minute.
            </p>
          )}
        </div>
      </div>
    </>
  );
}
