import type { Device } from 'feathergrad';
import type { VNode } from 'preact';
import { Notice } from '../ui/pieces.tsx';
import { open, useDevice } from './device.ts';
import { RecordedFigure } from './recorded/recorded-figure.tsx';

/**
 * Shows its children once there is a device. Without one, the first part of a lesson shows the reason and, if `slug` is
 * given, the recorded figure; the other parts show nothing more than that they need a GPU.
 */
export function OnDevice(props: { slug?: string; isFirst?: boolean; children: (device: Device) => VNode }) {
  const { slug, isFirst, children } = props;
  const state = useDevice();
  if ('device' in state) return children(state.device);
  if ('opening' in state) return <p class="soft">Opening the GPU …</p>;
  if (!isFirst) return <p class="soft">This part needs a GPU.</p>;
  return (
    <>
      <Notice title="No GPU is available, so this page shows recorded results" testId="no-gpu">
        <p>{state.why}</p>
        <p>
          <a href="index.html#/train" target="_blank" rel="noopener">
            Which browsers have WebGPU, and what to try
          </a>
          . You can still read everything, and solve the exercises on paper.
        </p>
        <button type="button" class="button" onClick={() => open()}>
          Try again
        </button>
      </Notice>
      {slug && <RecordedFigure slug={slug} />}
    </>
  );
}
