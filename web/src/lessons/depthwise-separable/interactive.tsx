import type { Device } from 'feathergrad';
import { Choice } from '../../ui/pieces.tsx';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { KINDS } from './costs.ts';
import { Taps } from './taps.tsx';
import { TimesTable } from './times.tsx';

/** Powers of two; finer steps would not add information. */
const CHANNEL_STEPS = [8, 16, 24, 32, 48, 64];

export function Interactive({ device }: { device: Device }) {
  const [kind, setKind] = useUrlState('kind', 'dense', KINDS);
  const [kernel, setKernel] = useUrlState('kernel', 3, [1, 7]);
  const [channels, setChannels] = useUrlState('channels', 32, [1, 64]);
  const [side, setSide] = useUrlState('side', 28, [7, 56]);
  const odd = kernel % 2 === 1 ? kernel : 3;
  const size = { kernel: odd, channels: Math.round(channels), side: Math.round(side) };
  return (
    <div class="two-sides">
      <div class="stack">
        <Choice
          label="Convolution"
          value={kind}
          options={KINDS.map((one) => [one, one] as const)}
          onChange={setKind}
        />
        <Slider
          label="Kernel"
          value={size.kernel}
          min={1}
          max={7}
          step={2}
          show={(k) => `${k} × ${k}`}
          onValue={setKernel}
        />
        <Slider label="Channels" value={size.channels} steps={CHANNEL_STEPS} onValue={setChannels} />
        <Slider
          label="Side"
          value={size.side}
          min={7}
          max={56}
          step={7}
          show={(side) => `${side} pixels`}
          onValue={setSide}
        />
        <p class="soft small">
          Channels and side apply to the table. The maps always show 9 × 9 pixels and 4 channels.
        </p>
      </div>
      <div class="stack">
        <Taps device={device} kind={kind} kernel={odd} />
        <TimesTable device={device} size={size} />
      </div>
    </div>
  );
}
