import runtimeUrl from 'virtual:saved-page-runtime';
import detectorUrl from '../../../../dist/weights/blazeface-back.safetensors?url';
import type { Subject } from '../project.ts';

export interface PageContent {
  title: string;
  classNames: readonly string[];
  subject: Subject;
  cropSide: number;
  /** below this probability the page names no class */
  sure: number;
  /** the weights as a safetensors file */
  weights: Uint8Array;
  /** the day of training, such as 2026-11-30 */
  date: string;
}

/** Makes a page that recognizes with trained weights and needs no other file. */
export async function makePage(content: PageContent): Promise<Blob> {
  const { title, classNames, subject, cropSide, sure, weights, date } = content;
  const [script, detector] = await Promise.all([
    textAt(runtimeUrl),
    subject === 'faces' ? bytesAt(detectorUrl) : null,
  ]);
  const name = escapeHtml(title);
  const head = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src blob:; media-src blob:">
<title>${name}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${name}</h1>
<p id="status">Loading …</p>
<p class="buttons"><button id="camera" disabled>Turn camera on</button>
<input id="file" type="file" accept="image/*" aria-label="Choose a picture" disabled></p>
<video id="video" muted playsinline hidden></video>
<canvas id="canvas" hidden></canvas>
<h2 id="verdict" aria-live="polite"></h2>
<ul id="bars"></ul>
<footer>Recognizes ${escapeHtml(classNames.join(', '))}. Trained ${escapeHtml(date)} with feathergrad. Pictures stay on your device.</footer>
</main>
`;
  const parts = [
    head,
    `<script type="application/json" id="config">${JSON.stringify({ subject, cropSide, sure })}</script>\n`,
    `<script type="text/plain" id="weights">${base64(weights)}</script>\n`,
    ...(detector ? [`<script type="text/plain" id="detector">${base64(detector)}</script>\n`] : []),
    `<script type="module">${script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')}</script>\n`,
    '</body>\n</html>\n',
  ];
  return new Blob(parts, { type: 'text/html' });
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0;padding:24px}
main{max-width:560px;margin:0 auto;display:grid;gap:12px}h1,h2,p{margin:0}video,canvas{width:100%;border-radius:12px}
video{transform:scaleX(-1)}h2{font-size:2rem;min-height:3rem}ul{list-style:none;margin:0;padding:0;display:grid;gap:8px}
li{display:grid;grid-template-columns:minmax(0,1fr) 2fr 3.5rem;gap:12px;align-items:center}li b{text-align:right}
meter{width:100%}footer{color:GrayText;font-size:.85rem}.buttons{display:flex;flex-wrap:wrap;gap:12px}
button,input{font:inherit}[hidden]{display:none}`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (char) => ENTITIES[char] as string);

async function textAt(url: string): Promise<string> {
  return (await responseAt(url)).text();
}

async function bytesAt(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await responseAt(url)).arrayBuffer());
}

async function responseAt(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`A part of the page cannot be loaded (status ${response.status}).`);
  return response;
}

/** Encodes bytes in pieces, since a call takes a limited number of arguments. */
function base64(bytes: Uint8Array): string {
  const piece = 3 * 8192; // a multiple of 3 bytes, so that the pieces join
  let text = '';
  for (let at = 0; at < bytes.length; at += piece) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + piece)));
  }
  return text;
}
