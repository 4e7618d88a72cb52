// Each message that the troubleshooting guide quotes must still be in the sources.
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { escapeRegExp, GUIDES, ROOT } from '../support/guides.ts';

const guide = await readFile(`${GUIDES}troubleshooting.md`, 'utf8');
const quoted = [...guide.matchAll(/^> (.+)$/gm)].map((match) => match[1] ?? '');
const sources = (await readdir(`${ROOT}src`, { recursive: true })).filter((file) => file.endsWith('.ts'));
const texts = await Promise.all(
  sources.map(async (file) => joined(await readFile(`${ROOT}src/${file}`, 'utf8'))),
);

/** Source text with the pieces of its long strings joined and each `${...}` of a template as …. */
function joined(source: string): string {
  let text = '';
  for (let at = 0; at < source.length; at++) {
    if (!source.startsWith('${', at)) {
      text += source[at];
      continue;
    }
    let depth = 0;
    for (at++; at < source.length; at++) {
      if (source[at] === '{') depth++;
      else if (source[at] === '}' && --depth === 0) break;
    }
    text += '…';
  }
  return text.replace(/(['"`])\s*\+\s*(['"`])/g, '');
}

/** A quoted message as a pattern over `joined` sources, where … may stand for several values or a clause. */
function patternOf(message: string): RegExp {
  return new RegExp(message.split('…').map(escapeRegExp).join('[^\\n]*?'));
}

const isThrown = (message: string) => texts.some((text) => patternOf(message).test(text));

test('it quotes messages of every kind', () => {
  expect(quoted.length).toBeGreaterThan(50);
  expect(new Set(quoted).size).toBe(quoted.length);
});

describe('is in the sources', () => {
  test.each(quoted.map((message) => [message]))('%s', (message) => {
    expect(isThrown(message)).toBe(true);
  });
});

test('a message that is not thrown is detected', () => {
  expect(isThrown('a tensor of shape … was disposed')).toBe(true);
  expect(isThrown('a tensor of shape … was eaten')).toBe(false);
});
