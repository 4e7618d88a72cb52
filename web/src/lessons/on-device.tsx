import type { Device } from 'feathergrad';
import type { VNode } from 'preact';
import { Notice } from '../ui/pieces.tsx';
import { open, useDevice } from './device.ts';
import { RecordedFigure } from './recorded/recorded-figure.tsx';
import { useWords } from './words.ts';

/**
 * Shows its children once there is a device. Without one, the first part of a lesson shows the reason and, if `slug` is
 * given, the recorded figure; the other parts show nothing more than that they need a GPU.
 */
export function OnDevice(props: { slug?: string; isFirst?: boolean; children: (device: Device) => VNode }) {
  const { slug, isFirst, children } = props;
  const { words } = useWords();
  const text = words.device;
  const state = useDevice();
  if ('device' in state) return children(state.device);
  if ('opening' in state) return <p class="soft">{text.opening}</p>;
  if (!isFirst) return <p class="soft">{text.needed}</p>;
  return (
    <>
      <Notice title={text.none} testId="no-gpu">
        <p lang="en">{state.why}</p>
        <p>
          <a href="index.html#/train" target="_blank" rel="noopener">
            {text.which}
          </a>
          . {text.paper}
        </p>
        <button type="button" class="button" onClick={() => open()}>
          {text.again}
        </button>
      </Notice>
      {slug && <RecordedFigure slug={slug} />}
    </>
  );
}
