import { isDark } from '../app/theme.ts';

// Eight class colors of similar lightness, distinguishable in this order with color-blindness (after Okabe and Ito,
// 2008). Further classes reuse them.
const LIGHT = ['#0a6a80', '#c2570c', '#6b4fbb', '#2f7d32', '#b0397f', '#8a6d00', '#5d6064', '#b3261e'];
const DARK = ['#5ec6dc', '#f59e5b', '#b19cf5', '#7fce83', '#f08bc4', '#dcc04a', '#b6bcc2', '#ff9184'];

export const classColor = (label: number): string => {
  const list = isDark() ? DARK : LIGHT;
  return list[label % list.length] as string;
};
