// The editor of the exercises: CodeMirror 6 in a shadow root, where its styles are adopted style sheets, which the
// page's Content-Security-Policy allows.
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { CodeError } from './compile.ts';

const WORD =
  /^(?:fn|let|var|const|override|struct|alias|if|else|for|while|loop|switch|case|default|return|break|continue|enable|discard|true|false)\b/;
const TYPE = /^(?:u32|i32|f32|f16|bool|array|atomic|vec[234][fuih]?|mat[234]x[234][fh]?)\b/;

/** Tokenizes WGSL. */
const wgsl = StreamLanguage.define<{ depth: number }>({
  name: 'wgsl',
  startState: () => ({ depth: 0 }), // of nested block comments
  token(stream, state) {
    if (state.depth > 0) {
      if (stream.match('/*')) state.depth++;
      else if (stream.match('*/')) state.depth--;
      else stream.next();
      return 'comment';
    }
    if (stream.eatSpace()) return null;
    if (stream.match('//')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match('/*')) {
      state.depth = 1;
      return 'comment';
    }
    if (stream.match(/^@\w+/)) return 'meta';
    if (stream.match(/^(?:0x[\da-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)[iufh]?/)) return 'number';
    if (stream.match(WORD)) return 'keyword';
    if (stream.match(TYPE)) return 'typeName';
    if (!stream.match(/^\w+/)) stream.next();
    return null;
  },
});

const colors = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--soft)' },
  { tag: [tags.keyword, tags.meta, tags.typeName], color: 'var(--accent)' },
  { tag: [tags.number, tags.string, tags.special(tags.string)], color: 'light-dark(#8a4b08, #f0b077)' },
]);

const look = EditorView.theme({
  '&': {
    color: 'var(--ink)',
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
    fontSize: '0.8125rem',
    maxHeight: '520px',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    color: 'var(--soft)',
    backgroundColor: 'var(--raised)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in oklab, var(--accent) 6%, transparent)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--accent) 22%, transparent)',
  },
  '.cm-error': { backgroundColor: 'var(--bad-wash)', boxShadow: 'inset 3px 0 var(--bad)' },
});

const setErrors = StateEffect.define<readonly CodeError[]>();

/** Marks the lines with errors until the text changes. */
const errorLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    const effect = transaction.effects.find((one) => one.is(setErrors));
    if (!effect) return transaction.docChanged ? Decoration.none : value;
    const { doc } = transaction.state;
    const builder = new RangeSetBuilder<Decoration>();
    const lines = (effect.value as readonly CodeError[]).map(({ line }) =>
      Math.min(Math.max(1, line), doc.lines),
    );
    for (const line of [...new Set(lines)].sort((a, b) => a - b)) {
      const { from } = doc.line(line);
      builder.add(from, from, Decoration.line({ class: 'cm-error' }));
    }
    return builder.finish();
  },
  provide: (field) => EditorView.decorations.from(field),
});

export interface Editor {
  text(): string;
  replace(text: string): void;
  /** Marks the lines with errors and moves the cursor to the first one. */
  showErrors(errors: readonly CodeError[]): void;
  destroy(): void;
}

/** Opens an editor inside `host`; `language` is WGSL by default. */
export function openEditor(
  host: HTMLElement,
  options: {
    text: string;
    label: string;
    language?: Extension;
    onChange: (text: string) => void;
    onRun: () => void;
  },
): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const view = new EditorView({
    parent: root as unknown as Element,
    root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        bracketMatching(),
        highlightActiveLine(),
        options.language ?? wgsl,
        syntaxHighlighting(colors),
        look,
        errorLines,
        keymap.of([
          {
            key: 'Mod-Enter',
            run() {
              options.onRun();
              return true;
            },
          },
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        EditorView.contentAttributes.of({ 'aria-label': options.label, spellcheck: 'false', tabindex: '0' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    showErrors(errors) {
      view.dispatch({ effects: setErrors.of(errors) });
      const [first] = errors;
      if (!first) return;
      const line = view.state.doc.line(Math.min(Math.max(1, first.line), view.state.doc.lines));
      const at = Math.min(line.from + Math.max(0, first.column - 1), line.to);
      view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
    },
    destroy: () => view.destroy(),
  };
}
