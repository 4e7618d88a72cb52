import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Terminal } from '../../src/cli/shared/terminal.ts';

let written: string[];
const isTTY = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');

beforeEach(() => {
  written = [];
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  Object.defineProperty(process.stderr, 'isTTY', { value: false, configurable: true });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  if (isTTY) Object.defineProperty(process.stderr, 'isTTY', isTTY);
  else Reflect.deleteProperty(process.stderr, 'isTTY');
});

test('without a terminal, progress is a line after half a minute without output', () => {
  const terminal = new Terminal({ json: true });
  const evaluated = (done: number) => terminal.progress('evaluating', done, 90, `${done} of 90 images`);
  evaluated(1);
  vi.advanceTimersByTime(29_000);
  evaluated(2);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(1_000);
  evaluated(3);
  evaluated(4);
  vi.advanceTimersByTime(20_000);
  terminal.note('a note');
  vi.advanceTimersByTime(20_000);
  evaluated(5); // the note was printed 20 seconds ago
  vi.advanceTimersByTime(10_000);
  terminal.progress('compiling the kernels', 0, 1, '');
  expect(written).toEqual(['evaluating: 3 of 90 images\n', 'a note\n', 'compiling the kernels\n']);
});
