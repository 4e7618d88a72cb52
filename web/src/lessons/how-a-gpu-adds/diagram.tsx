import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';

const COUNT = 16;
/** The longest chain of dependent additions. */
const MOST = COUNT - 1;

interface Node {
  x: number;
  level: number;
  /** the step after which it is known; 0 for the numbers themselves */
  step: number;
  from: readonly Node[];
}

const leaves = (): Node[] => Array.from({ length: COUNT }, (_, x) => ({ x, level: 0, step: 0, from: [] }));

/** One after the other. */
function naive(): Node[] {
  const list = leaves();
  let sum = list[0] as Node;
  for (let i = 1; i < COUNT; i++) {
    sum = { x: i, level: i, step: i, from: [sum, list[i] as Node] };
    list.push(sum);
  }
  return list;
}

/** Four threads add four numbers each, then one adds their four sums. */
function chunks(): Node[] {
  const list = leaves();
  const add = (first: Node, rest: readonly Node[]) => {
    let sum = first;
    for (const next of rest) {
      const step = Math.max(sum.step, next.step) + 1;
      sum = { x: next.x, level: step, step, from: [sum, next] };
      list.push(sum);
    }
    return sum;
  };
  const sums = [0, 4, 8, 12].map((i) => add(list[i] as Node, list.slice(i + 1, i + 4)));
  add(sums[0] as Node, sums.slice(1));
  return list;
}

/** In each round, half as many threads add two numbers each. */
function tree(): Node[] {
  const list = leaves();
  let row = [...list];
  for (let step = 1; row.length > 1; step++) {
    const next: Node[] = [];
    for (let i = 0; i < row.length; i += 2) {
      const [a, b] = [row[i] as Node, row[i + 1] as Node];
      next.push({ x: (a.x + b.x) / 2, level: step, step, from: [a, b] });
    }
    list.push(...next);
    row = next;
  }
  return list;
}

const WAYS = [
  { name: 'one thread', nodes: naive() },
  { name: 'chunks, then their sums', nodes: chunks() },
  { name: 'tree', nodes: tree() },
];

/** Sixteen numbers added in three ways, up to the step of the slider. */
export function Diagram() {
  const [step, setStep] = useUrlState('step', 4, [0, MOST]);
  return (
    <div class="stack">
      <Slider
        label="Additions in sequence"
        value={step}
        min={0}
        max={MOST}
        step={1}
        onValue={setStep}
        testId="step"
      />
      <div class="adders">
        {WAYS.map(({ name, nodes }) => {
          const depth = Math.max(...nodes.map((node) => node.step));
          return (
            <figure key={name}>
              <figcaption>
                <b>{name}</b> {step >= depth ? `done after ${depth}` : `${depth - step} to go`}
              </figcaption>
              <Additions
                nodes={nodes}
                depth={depth}
                step={step}
                label={`${name}: ${depth} additions in sequence`}
              />
            </figure>
          );
        })}
      </div>
    </div>
  );
}

const WIDTH = 300;
const HEIGHT = 190;

function Additions(props: { nodes: readonly Node[]; depth: number; step: number; label: string }) {
  const { nodes, depth, step } = props;
  const x = (node: Node) => 10 + (node.x / (COUNT - 1)) * (WIDTH - 20);
  const y = (node: Node) => 10 + (node.level / depth) * (HEIGHT - 20);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={props.label}>
      {nodes.flatMap((node) =>
        node.from.map((before) => (
          <line
            key={`${node.x} ${node.level} ${before.x} ${before.level}`}
            class={node.step <= step ? 'edge done' : 'edge'}
            x1={x(before)}
            y1={y(before)}
            x2={x(node)}
            y2={y(node)}
          />
        )),
      )}
      {nodes.map((node) => (
        <circle
          key={`${node.x} ${node.level}`}
          class={node.step <= step ? 'node done' : 'node'}
          cx={x(node)}
          cy={y(node)}
          r={node.step === depth ? 7 : 4.5}
        />
      ))}
    </svg>
  );
}
