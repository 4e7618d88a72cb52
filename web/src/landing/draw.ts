import { color } from '../app/theme.ts';
import { short } from '../lib/format.ts';
import { answerOf, type Demo } from './demo.ts';

const GAP = 10;
const LABEL = 26;
const CURVE = 74;

/** Returns columns, rows and the size of the canvas for a width in CSS pixels. */
export function layoutFor(width: number) {
  const columns = width < 480 ? 4 : 6;
  const rows = 4;
  const cell = (width - (columns - 1) * GAP) / columns;
  return { columns, rows, cell, height: Math.round(rows * (cell + LABEL + GAP) + CURVE) };
}

/** Draws the faces with their predictions, and the curve of the loss below them. */
export function drawDemo(context: CanvasRenderingContext2D, width: number, demo: Demo): void {
  const { columns, rows, cell, height } = layoutFor(width);
  const [ink, soft, line, accent, bad] = ['--ink', '--soft', '--line', '--accent', '--bad'].map(color);
  const colors = { ink, soft, line, accent, bad } as Record<string, string>;
  const family = getComputedStyle(document.body).fontFamily;
  const shown = Math.min(columns * rows, demo.images.length);
  context.imageSmoothingQuality = 'high';
  for (let i = 0; i < shown; i++) {
    const x = (i % columns) * (cell + GAP);
    const y = Math.floor(i / columns) * (cell + LABEL + GAP);
    const { label, probability, isRight } = answerOf(demo, i);
    const tint = (isRight ? colors.accent : colors.bad) as string;
    context.save();
    context.beginPath();
    context.roundRect(x, y, cell, cell, 8);
    context.clip();
    context.drawImage(demo.images[i] as ImageBitmap, x, y, cell, cell);
    context.restore();
    context.fillStyle = colors.line as string;
    context.fillRect(x, y + cell + 4, cell, 3);
    context.fillStyle = tint;
    context.fillRect(x, y + cell + 4, cell * probability, 3);
    context.font = `500 ${cell < 84 ? 11 : 12}px ${family}`;
    context.fillStyle = (isRight ? colors.ink : colors.bad) as string;
    context.fillText(`${isRight ? '' : '× '}${demo.classNames[label]}`, x, y + cell + 21, cell);
  }
  drawCurve(context, { width, top: height - CURVE + 14, height: CURVE - 20 }, demo, colors, family);
}

function drawCurve(
  context: CanvasRenderingContext2D,
  box: { width: number; top: number; height: number },
  { losses, steps }: Demo,
  colors: Record<string, string>,
  family: string,
): void {
  const { width, top, height } = box;
  context.strokeStyle = colors.line as string;
  context.lineWidth = 1;
  context.strokeRect(0.5, top + 0.5, width - 1, height - 1);
  const most = Math.max(0.1, ...losses);
  context.strokeStyle = colors.accent as string;
  context.lineWidth = 1.75;
  context.beginPath();
  for (const [i, loss] of losses.entries()) {
    const x = (i / Math.max(1, steps - 1)) * width;
    const y = top + height - 3 - (loss / most) * (height - 24);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  context.stroke();
  context.font = `500 12px ${family}`;
  context.fillStyle = colors.soft as string;
  context.textAlign = 'right';
  const last = losses.at(-1);
  context.fillText(last === undefined ? 'loss' : `loss ${short(last)}`, width - 8, top + 16);
  context.textAlign = 'left';
}
