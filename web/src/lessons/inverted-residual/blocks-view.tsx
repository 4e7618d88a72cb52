import type { Device } from 'feathergrad';
import type { Texts } from '../../text/en.ts';
import { fill, type Language, percentIn } from '../../text/fill.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { Scatter } from './scatter.tsx';
import { throughBlocks } from './spiral.ts';

const WIDTH = 12;

/** The spiral after three blocks, with linear or activated bottlenecks. */
export function BlocksView(props: {
  device: Device;
  broken: boolean;
  text: Texts['invertedResidual']['breakIt'];
  language: Language;
}) {
  const { device, broken, text, language } = props;
  const { value, trouble } = useLatest(String(broken), async () => ({
    ...(await throughBlocks(device, WIDTH, broken)),
    broken,
  }));
  if (!value) return <Trouble text={trouble} />;
  const share = percentIn(language, value.clipped, 0);
  return (
    <div class="stack">
      <div class="scatters">
        <Scatter points={value.points} label={text.caption} />
      </div>
      <p role="status" data-testid="blocks">
        {fill(value.broken ? text.wrong : text.right, { share }, language)}
      </p>
      <Trouble text={trouble} />
    </div>
  );
}
