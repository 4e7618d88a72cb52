import type { DeviceLimits } from '../../../bench/own/limits.ts';
import { short } from '../lib/format.ts';
import { Figure } from '../ui/pieces.tsx';

/** Limits of this device, measured by kernels that only compute or only copy. */
export function Limits({ limits }: { limits: DeviceLimits }) {
  return (
    <section class="panel" aria-labelledby="limits">
      <div class="panel-head">
        <h2 id="limits">This device’s limits</h2>
        <span class="soft small">
          {limits.usesTimestamps
            ? 'measured with GPU timestamps'
            : 'measured with the clock: this GPU has no timestamps'}
        </span>
      </div>
      <dl class="figures">
        <Figure name="Arithmetic" value={short(limits.flopsPerSecond / 1e9)} unit="GFLOP/s" testId="flops" />
        {limits.copy.map(({ megabytes, bytesPerSecond }) => (
          <Figure
            key={megabytes}
            name={`Copy, ${megabytes} MiB`}
            value={short(bytesPerSecond / 1e9)}
            unit="GB/s"
          />
        ))}
        <Figure name="One dispatch" value={short(1e6 * limits.secondsPerDispatch)} unit="µs" />
      </dl>
    </section>
  );
}
