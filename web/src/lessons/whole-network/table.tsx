import { count, short } from '../../lib/format.ts';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import type { Block } from './blocks.ts';

/** The network's blocks, one per row, each expandable. */
export function BlockTable(props: {
  blocks: readonly Block[];
  /** milliseconds by block, once measured */
  times: readonly number[];
  batch: number;
  chosen: string;
  onChoose: (name: string) => void;
}) {
  const { blocks, times, batch, chosen, onChoose } = props;
  const macs = Math.max(...blocks.map((block) => block.macs));
  const slowest = Math.max(...times, 0);
  const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
  const total = times.length === blocks.length ? sum(times) : null;
  const rate = (block: Block, time: number | undefined) =>
    time === undefined ? '–' : short((batch * block.macs) / time / 1e6);
  return (
    <ScrollBox label="The blocks of the network">
      <table class="blocks">
        <caption class="hidden-text">The network block by block. The button of a row shows its maps.</caption>
        <thead>
          <tr>
            <th scope="col">Block</th>
            <th scope="col" class="wide">
              What it does
            </th>
            <th scope="col" class="number">
              Output
            </th>
            <th scope="col" class="number wide">
              Parameters
            </th>
            <th scope="col" class="number">
              Multiply-adds
            </th>
            <th scope="col" class="number">
              Time
            </th>
            <th scope="col" class="number wide">
              GMAC/s
            </th>
          </tr>
        </thead>
        <tbody>
          {blocks.map((block, i) => {
            const time = times[i];
            return (
              <tr key={block.name} class={block.name === chosen ? 'chosen' : undefined}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    aria-pressed={block.name === chosen}
                    title={block.what}
                    onClick={() => onChoose(block.name)}
                  >
                    {block.name.replace('features.', '')}
                    <span class="hidden-text">: maps of {block.name}</span>
                  </button>
                </th>
                <td class="wide small">{block.what}</td>
                <td class="number small">{block.output.slice(1).join(' × ')}</td>
                <td class="number wide">{count(block.parameters)}</td>
                <td class="number meter-cell" style={{ '--share': block.macs / macs }}>
                  {count(batch * block.macs)}
                </td>
                <td
                  class="number meter-cell time"
                  style={{ '--share': time && slowest > 0 ? time / slowest : 0 }}
                  data-testid={`time-${block.name}`}
                >
                  {time === undefined ? '–' : `${short(time)} ms`}
                </td>
                <td class="number soft wide">{rate(block, time)}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">All</th>
            <td class="wide" />
            <td />
            <td class="number wide" data-testid="parameters">
              {count(sum(blocks.map((block) => block.parameters)))}
            </td>
            <td class="number" data-testid="macs">
              {count(batch * sum(blocks.map((block) => block.macs)))}
            </td>
            <td class="number" data-testid="time-all">
              {total === null ? '–' : `${short(total)} ms`}
            </td>
            <td class="number soft wide">
              {total === null ? '–' : short((batch * sum(blocks.map((block) => block.macs))) / total / 1e6)}
            </td>
          </tr>
        </tfoot>
      </table>
    </ScrollBox>
  );
}
