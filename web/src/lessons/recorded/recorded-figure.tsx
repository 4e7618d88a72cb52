import { type ComponentChild, h } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useWords } from '../words.ts';
import { loadRecording, type RecordedNode, type Recording } from './recording.ts';

/** A lesson's figure from a recorded run; it does not react. */
export function RecordedFigure({ slug }: { slug: string }) {
  const { words, fillIn } = useWords();
  const [recording, set] = useState<Recording | null>(null);
  useEffect(() => {
    loadRecording(slug).then(set, () => {}); // without it the text remains
  }, [slug]);
  if (!recording) return null;
  const { device, date, figure } = recording;
  let tables = 0;
  const nextTable = () => fillIn(words.device.table, { number: ++tables });
  return (
    <figure class="recorded" data-testid="recorded">
      <figcaption class="small soft">{fillIn(words.device.recorded, { date, device })}</figcaption>
      {figure.map((node) => shown(node, nextTable))}
    </figure>
  );
}

/** @param nextTable returns the name of the next table, which scrolls by keyboard */
function shown(node: RecordedNode, nextTable: () => string): ComponentChild {
  if (typeof node === 'string') return node;
  const [name, attributes, ...children] = node;
  if (name === 'canvas') return <RecordedCanvas attributes={attributes} />;
  const inside = children.map((child) => shown(child, nextTable));
  if (attributes.class !== 'scroll') return h(name, attributes, ...inside);
  return h('section', { 'aria-label': nextTable(), ...attributes, tabIndex: 0 }, ...inside);
}

/** The pixels of a canvas as an image. The policy of the page allows blob: addresses, not data: addresses. */
function RecordedCanvas({ attributes }: { attributes: Record<string, string> }) {
  const { png = '', 'aria-label': label = '', ...rest } = attributes;
  const address = useMemo(() => {
    const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
    return URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
  }, [png]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return <img {...rest} alt={label} src={address} />;
}
