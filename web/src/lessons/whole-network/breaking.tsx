import {
  add,
  backward,
  crossEntropy,
  type Device,
  div,
  FerMobileNetV3,
  mul,
  scope,
  sqrt,
  sub,
  sum,
  type Tensor,
} from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';

const BATCH = 16;
const SIDE = 48;
/** Decades of the scale: 1 at its right end, 10^-14 at its left. */
const DECADES = 14;

/** Starts when scrolled near, since a pass through the whole network would delay the table above. */
export function Breaking({ device, broken }: { device: Device; broken: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setNear(true);
    });
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return <div ref={place}>{isNear ? <Bars device={device} broken={broken} /> : <p>&nbsp;</p>}</div>;
}

/** Gradient norm per block of a new network, with its batch norms or without. */
function Bars({ device, broken }: { device: Device; broken: boolean }) {
  const { value, trouble } = useLatest(`${broken}`, () => inTurn(() => gradientByBlock(device, broken)));
  if (trouble) return <Trouble text={trouble} />;
  if (!value) return <p class="soft">Running the network forward and back …</p>;
  const [first, last] = [value.lengths[0] as number, value.lengths.at(-1) as number];
  return (
    <figure class="gradient-bars">
      <figcaption class="small soft">
        Gradient norm per block of a new network, {BATCH} faces (logarithmic scale; each tick is × 100).
      </figcaption>
      <ol>
        {value.lengths.map((length, i) => (
          <li key={i}>
            <span class="small">features.{i}</span>
            <i style={{ '--share': Math.max(0, 1 + Math.log10(Math.max(length, 1e-30)) / DECADES) }} />
            <span class="small number">{length.toExponential(1)}</span>
          </li>
        ))}
      </ol>
      <p data-testid="gradient-verdict">
        {value.broken
          ? `The first layer gets a gradient of ${first.toExponential(1)}, the last of ${last.toExponential(1)}: far too small to learn from. The network gives the same answer for every face and learns nothing.`
          : `From ${first.toExponential(1)} at the first layer to ${last.toExponential(1)} at the last: every block gets a gradient that it can learn from.`}
      </p>
    </figure>
  );
}

/**
 * In evaluation mode a new network's batch norms subtract 0 and divide by 1, so they have no effect.
 */
async function gradientByBlock(
  device: Device,
  broken: boolean,
): Promise<{ lengths: number[]; broken: boolean }> {
  const model = new FerMobileNetV3({ dropout: 0 }).to(device, { seed: 1 }).train(!broken);
  try {
    const capture = await device.capture(() =>
      scope(() => {
        const { images, labels } = new DrawnFaces(device, { seed: 1, side: SIDE }).batch(0, BATCH);
        backward(crossEntropy(model.forwardWithEmbedding(div(sub(images, 0.5), 0.25)).logits, labels));
        return model.features.modules.map((module) =>
          sqrt(
            module
              .parameters()
              .filter(({ shape }) => shape.length > 1) // of the convolutions
              .map(({ value }) => sum(mul(value.grad as Tensor, value.grad as Tensor)))
              .reduce((total, one) => add(total, one)),
          ),
        );
      }),
    );
    capture.run();
    const lengths = (await device.read(capture.outputs)).map((bytes) => new Float32Array(bytes)[0] as number);
    for (const one of capture.outputs) one.dispose();
    capture.dispose();
    return { lengths, broken };
  } finally {
    model.dispose();
  }
}
