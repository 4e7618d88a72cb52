import { closingBrace } from './unroll.ts';

/**
 * Moves work out of the loops of a kernel that drivers would repeat in every iteration:
 *
 *   for (var row = first; row < end; row++) { y[row * params.width] = x[row * params.width]; }
 *
 * becomes
 *
 *   let params_width = params.width;
 *   if (min(arrayLength(&x), arrayLength(&y)) == 0u) { return; }
 *   for (var row = first; row < end; row++) { y[row * params_width] = x[row * params_width]; }
 *
 * A driver that sees stores in a loop loads the uniform again after each of them. The second line is added only with
 * `lengths`, and never returns, since arrays are not empty: the implementation of WebGPU clamps each index to the length
 * of the array, for which SwiftShader divides four numbers, one after the other, unless the same length was computed
 * before. A copy of a vec4 took 87 ns on SwiftShader, 83 with the first line and 59 with both; on lavapipe 39 and 31.
 */
export function hoist(code: string, lengths: boolean): string {
  const main = code.search(/\bfn main\b/);
  const open = code.indexOf('{', main) + 1;
  const end = closingBrace(code, open - 1);
  const head = code.slice(0, open);
  let body = code.slice(open, end);
  const loops = loopsOf(body);
  if (!loops || /\b(?:let|var|const)\s+params\b/.test(body)) return code;
  let lines = '';
  const fields = /\bstruct\s+Params\s*\{([^}]*)/.exec(head)?.[1] ?? '';
  // not arrays and vectors, which a variable may index
  for (const [, name] of fields.matchAll(/(\w+)\s*:\s*[uif]32\b/g)) {
    const place = new RegExp(`\\bparams\\.${name}\\b`, 'g');
    if (!loops.match(place)) continue;
    lines += `let params_${name} = params.${name};`;
    body = body.replace(place, `params_${name}`);
  }
  if (lengths) {
    const places = head.slice(0, main) + loops; // a loop may call functions
    let shortest = '';
    for (const [, name] of head.matchAll(/\bvar<\s*storage[^>]*>\s*(\w+)\s*:\s*array<[^;,]*>;/g)) {
      if (new RegExp(`\\b${name}\\s*\\[`).test(places))
        shortest = `min(${shortest || '1u'},arrayLength(&${name}))`;
    }
    if (shortest) lines += `if (${shortest} == 0u) { return; }`;
  }
  return head + lines + body + code.slice(end);
}

/** Returns the text of all loops, with their heads. */
function loopsOf(body: string): string {
  let text = '';
  let done = 0;
  for (const { index } of body.matchAll(/\b(?:for\s*\(|while\b|loop\s*\{)/g)) {
    if (index < done) continue; // inside the loop before
    done = closingBrace(body, body.indexOf('{', index));
    text += body.slice(index, done);
  }
  return text;
}
