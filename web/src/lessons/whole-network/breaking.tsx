import {
  add,
  backward,
  crossEntropy,
  type Device,
  div,
  FerMobileNetV3,
  flatten,
  globalAvgPool,
  mean,
  mul,
  noGrad,
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

/** Starts when it is scrolled into view, since a pass through the whole network would delay the table above. */
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

/** Forward signal and gradient per block of a new network, with its batch norms or without. */
function Bars({ device, broken }: { device: Device; broken: boolean }) {
  const { value, trouble } = useLatest(`${broken}`, () => inTurn(() => measure(device, broken)));
  if (trouble) return <Trouble text={trouble} />;
  if (!value) return <p class="soft">Running a forward and a backward pass …</p>;
  const { signals, gradients } = value;
  const text = (one: number | undefined) => (one ?? 0).toExponential(1);
  return (
    <figure class="gradient-bars">
      <figcaption class="small soft">
        A new network and {BATCH} faces, block by block. First bar: how much the outputs for different faces
        differ (root mean square). Second bar: norm of the gradient. Logarithmic scale; each tick is × 100.
      </figcaption>
      <ol>
        {signals.map((signal, i) => (
          <li key={i}>
            <span class="small">features.{i}</span>
            <Bar of={signal} />
            <span class="small number">{text(signal)}</span>
            <Bar of={gradients[i] ?? 0} />
            <span class="small number">{text(gradients[i])}</span>
          </li>
        ))}
      </ol>
      <p data-testid="gradient-verdict">
        {value.broken
          ? `On the way forward the difference between faces falls from ${text(signals[0])} to ${text(signals.at(-1))}: the last block gives the same output for every face. Therefore the gradient is tiny everywhere, ${text(gradients[0])} at the first block and ${text(gradients.at(-1))} at the last, and the network learns nothing.`
          : `The difference between faces stays near 1 in every block (${text(signals[0])} at the first, ${text(signals.at(-1))} at the last), so every block gets a gradient that it can learn from: ${text(gradients[0])} at the first, ${text(gradients.at(-1))} at the last.`}
      </p>
    </figure>
  );
}

function Bar({ of }: { of: number }) {
  return <i style={{ '--share': Math.max(0, 1 + Math.log10(Math.max(of, 1e-30)) / DECADES) }} />;
}

/**
 * Runs a forward and a backward pass of a new network and measures each block. In evaluation mode a new network's batch
 * norms subtract 0 and divide by 1, so they have no effect.
 */
async function measure(
  device: Device,
  broken: boolean,
): Promise<{ signals: number[]; gradients: number[]; broken: boolean }> {
  const model = new FerMobileNetV3({ dropout: 0 }).to(device, { seed: 1 }).train(!broken);
  try {
    const capture = await device.capture(() =>
      scope(() => {
        const { images, labels } = new DrawnFaces(device, { seed: 1, side: SIDE }).batch(0, BATCH);
        const { classifier_1: hidden, classifier_2: rest } = model as Required<FerMobileNetV3>;
        const maps: Tensor[] = [];
        let x = div(sub(images, 0.5), 0.25);
        for (const block of model.features.modules) {
          x = block.call(x);
          maps.push(x);
        }
        backward(crossEntropy(rest.call(hidden.call(flatten(globalAvgPool(x)))), labels));
        const signals = noGrad(() =>
          maps.map((map) => {
            const away = sub(map, mean(map, 0, true));
            return sqrt(mean(mul(away, away)));
          }),
        );
        const gradients = model.features.modules.map((module) =>
          sqrt(
            module
              .parameters()
              .filter(({ shape }) => shape.length > 1) // of the convolutions
              .map(({ value }) => sum(mul(value.grad as Tensor, value.grad as Tensor)))
              .reduce((total, one) => add(total, one)),
          ),
        );
        return [...signals, ...gradients];
      }),
    );
    capture.run();
    const read = (await device.read(capture.outputs)).map((bytes) => new Float32Array(bytes)[0] as number);
    for (const one of capture.outputs) one.dispose();
    capture.dispose();
    const blocks = model.features.modules.length;
    return { signals: read.slice(0, blocks), gradients: read.slice(blocks), broken };
  } finally {
    model.dispose();
  }
}
