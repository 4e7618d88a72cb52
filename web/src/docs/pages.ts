// The list of documentation pages. The app contains the titles; each page is loaded when it is opened.
import { pageName } from '../../markdown/page-names.ts';

export interface Head {
  title: string;
  /** second-level headings */
  headings: { id: string; text: string }[];
}

export interface DocPage extends Head {
  /** the URL after `#/docs/` */
  name: string;
  group: string;
  /** its HTML */
  load: () => Promise<string>;
}

const heads: Record<string, Head> = import.meta.glob(
  ['../../../docs/**/*.md', '../../../*.md', '../../../bench/README.md'],
  { query: '?head', import: 'default', eager: true },
);
const bodies = import.meta.glob<string>(
  ['../../../docs/**/*.md', '../../../*.md', '../../../bench/README.md'],
  { query: '?page', import: 'default' },
);

/** Groups, each with a test for its pages and the pages that are listed first. */
const GROUPS: readonly [group: string, holds: (name: string) => boolean, first: readonly string[]][] = [
  [
    'Guides',
    (name) => name === 'overview' || name.startsWith('guides/'),
    [
      'overview',
      'guides/first-tensor',
      'guides/train-your-own',
      'guides/ferplus',
      'guides/write-an-op',
      'guides/capture-and-replay',
      'guides/memory',
      'guides/profiling',
      'guides/tuning',
      'guides/weights',
      'guides/faces',
      'guides/deploy',
      'guides/no-gpu',
      'guides/numerics',
    ],
  ],
  [
    'Reference',
    (name) => name.startsWith('api/') || name === 'kernels' || name === 'commands',
    [
      'api/feathergrad',
      'api/feathergrad-node',
      'api/feathergrad-data',
      'api/feathergrad-formats',
      'commands',
      'kernels',
    ],
  ],
  ['Project', (name) => /^(readme|contributing|changelog)$/.test(name), ['readme', 'contributing']],
  ['Background', () => true, ['architecture', 'performance', 'bench-protocol', 'bench']],
];
const SHOWN = ['Guides', 'Reference', 'Background', 'Project'];

function place({ group, name }: DocPage): number {
  const first = GROUPS.find(([title]) => title === group)?.[2] ?? [];
  const at = first.indexOf(name);
  return 1000 * SHOWN.indexOf(group) + (at < 0 ? 500 : at);
}

/** All pages in the order of the side list. */
export const DOCS: readonly DocPage[] = Object.entries(heads)
  .map(([file, head]) => {
    const name = pageName(file.replace(/^(\.\.\/)+/, ''));
    const group = GROUPS.find(([, holds]) => holds(name))?.[0] ?? '';
    return { ...head, name, group, load: bodies[file] as () => Promise<string> };
  })
  .sort((a, b) => place(a) - place(b) || a.title.localeCompare(b.title, 'en'));

/** The pages by group. */
export const DOC_GROUPS: readonly [group: string, pages: DocPage[]][] = SHOWN.map(
  (group): [string, DocPage[]] => [group, DOCS.filter((page) => page.group === group)],
).filter(([, pages]) => pages.length > 0);
