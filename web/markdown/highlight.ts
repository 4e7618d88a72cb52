// Highlights code at build time, so that the page needs no highlighter.
import highlighter from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';

const ALIASES: Record<string, string> = {
  js: 'ts',
  mjs: 'ts',
  tsx: 'ts',
  sh: 'bash',
  html: 'xml',
  py: 'python',
};

highlighter.registerLanguage('ts', typescript);
highlighter.registerLanguage('bash', bash);
highlighter.registerLanguage('json', json);
highlighter.registerLanguage('python', python);
highlighter.registerLanguage('xml', xml);
highlighter.registerLanguage('wgsl', (api) => ({
  name: 'WGSL',
  keywords: {
    keyword:
      'alias break case const continue continuing default discard else enable fn for if let loop override return ' +
      'struct switch var while',
    type:
      'array atomic bool f16 f32 i32 u32 mat2x2f mat2x3f mat3x3f mat4x4f ptr sampler vec2 vec2f vec2i vec2u vec3 ' +
      'vec3f vec3i vec3u vec4 vec4f vec4i vec4u',
    literal: 'true false',
  },
  contains: [
    api.C_LINE_COMMENT_MODE,
    api.C_BLOCK_COMMENT_MODE,
    { scope: 'meta', begin: /@\w+/ },
    { scope: 'number', begin: /\b(?:0x[\da-f]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?)[uifh]?\b/i },
    { scope: 'title', begin: /(?<=\bfn )\w+/ },
  ],
}));

/** Returns code as HTML; null if the language is unknown. */
export function highlight(code: string, language: string): string | null {
  const name = ALIASES[language] ?? language;
  return highlighter.getLanguage(name) ? highlighter.highlight(code, { language: name }).value : null;
}
