import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { OpenedGpu } from '../../src/node/index.ts';

/** Facts about an adapter in Node, in the words of the result format. */
export interface NodeAdapter {
  name: string;
  vendor: string | null;
  architecture: string | null;
  driver: string | null;
  kind: 'hardware' | 'software';
  features: string[];
  /** version of the package `webgpu` */
  webgpu: string;
}

/** Describes an opened adapter. */
export function nodeAdapter({ adapter, description, kind }: OpenedGpu): NodeAdapter {
  const { info } = adapter;
  // Dawn's description is "adapter name: driver and its version"
  const [, name, driver] = /^([^:]+): (.+)$/.exec(info.description) ?? [];
  const manifest = createRequire(import.meta.url).resolve('webgpu/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return {
    name: name ?? (info.description || description),
    vendor: info.vendor || null,
    architecture: info.architecture || null,
    driver: driver ?? null,
    kind,
    features: ['timestamp-query', 'shader-f16', 'subgroups'].filter((one) => adapter.features.has(one)),
    webgpu: version,
  };
}
