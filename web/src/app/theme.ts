import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'feathergrad-theme';

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system'; // storage is disabled: the choice lasts until the page is closed
  }
}

export const theme = signal<Theme>(stored());
/** Increments whenever colors may have changed, so that canvases redraw. */
export const colorScheme = signal(0);

const dark = matchMedia('(prefers-color-scheme: dark)');
dark.addEventListener('change', () => {
  colorScheme.value++;
});

let isFixed = false;

/** Sets a theme that the address asks for, without storing it. */
export function fixTheme(value: Theme): void {
  isFixed = true;
  theme.value = value;
}

effect(() => {
  const value = theme.value;
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  colorScheme.value = colorScheme.peek() + 1;
  if (isFixed) return;
  try {
    if (value === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value);
  } catch {
    // as above
  }
});

/** Returns whether the page is dark now. */
export const isDark = (): boolean => theme.peek() === 'dark' || (theme.peek() === 'system' && dark.matches);

const colors = new Map<string, string>();
effect(() => {
  colorScheme.value;
  colors.clear();
});

/** Returns a color of the style sheet, such as `--accent`, in the form that a canvas needs. */
export function color(name: string): string {
  const known = colors.get(name);
  if (known !== undefined) return known;
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  colors.set(name, value);
  return value;
}
