import { percent } from '../../text/format.ts';
import type { ConfusionMatrix } from '../../train/confusion-matrix.ts';
import type { ReportSample, TrainingReport } from './data.ts';
import { escapeHtml, section } from './page.ts';

/**
 * Formats the confusion matrix as a heat map of counts and shares per row: correct predictions in the accent color,
 * errors in gray.
 */
export function confusionTable(matrix: ConfusionMatrix, classNames: readonly string[]): string {
  const head = classNames
    .map((name) => {
      const full = escapeHtml(name);
      return `<th scope="col"><abbr title="${full}"><span class="full">${full}</span><span class="brief">${escapeHtml(name.slice(0, 3))}</span></abbr></th>`;
    })
    .join('');
  const scores = matrix.perClass;
  const rows = classNames.map((name, truth) => {
    const cells = classNames.map((other, predicted) => {
      const count = matrix.count(truth, predicted);
      const share = scores[truth]!.support > 0 ? count / scores[truth]!.support : 0;
      const kind = count === 0 ? 'none' : truth === predicted ? 'right' : 'wrong';
      const strong = share > 0.55 ? ' strong' : '';
      const hint = escapeHtml(`${name} predicted as ${other}: ${count} of ${scores[truth]!.support}`);
      const body = count === 0 ? '<span>0</span>' : `<b>${count}</b><i>${whole(share)}</i>`;
      return `<td class="${kind}${strong}" style="--share:${share.toFixed(3)}" title="${hint}">${body}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join('')}<td class="sum">${scores[truth]!.support}</td></tr>`;
  });
  return `<p class="lead">Rows are true classes, columns predictions; percentages are per row.</p>
<div class="scroll"><table class="confusion">
<thead><tr><td></td>${head}<th scope="col" class="sum">all</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

/** Formats recall, precision and F1 of each class as bars with figures. */
export function classScores(matrix: ConfusionMatrix, classNames: readonly string[]): string {
  const bar = (name: string, value: number, kind: string) =>
    `<div class="bar ${kind}"><dt>${name}</dt><dd><span class="track"><span style="width:${(100 * value).toFixed(1)}%"></span></span><span class="figure">${escapeHtml(percent(value))}</span></dd></div>`;
  const cards = matrix.perClass.map(({ precision, recall, f1, support }, label) => {
    const rows = [bar('recall', recall, 'main'), bar('precision', precision, ''), bar('F1', f1, '')].join('');
    return `<article><h3>${escapeHtml(classNames[label]!)} <small>${support} image${support === 1 ? '' : 's'}</small></h3><dl>${rows}</dl></article>`;
  });
  return `<p class="lead">Recall is the share of a class’s images that are recognized; precision, the share of its predictions that are correct.</p>
<div class="scores">
${cards.join('\n')}
</div>`;
}

/** Formats images with predictions; mistakes also show the true class. `lead` says how the images were chosen. */
export function faceStrip(lead: string, samples: readonly ReportSample[]): string {
  const faces = samples.map(({ image, overlay, truth, predicted, probability }) => {
    const right = truth === predicted;
    const said = escapeHtml(predicted);
    const truly = escapeHtml(truth);
    const below = right ? `${whole(probability)} sure` : `is ${truly}`;
    const mark = right ? '<span aria-label="right">✓</span>' : '<span aria-label="wrong">✗</span>';
    const over = overlay ? `<img src="${escapeHtml(overlay)}" alt="attention overlay">` : '';
    const hint = `predicted ${said} with ${whole(probability)}, true class ${truly}`;
    return `<li class="${right ? 'hit' : 'miss'}" title="${hint}"><img src="${escapeHtml(image)}" alt="a face: ${truly}">${over}<b>${mark} ${said}</b><small>${below}</small></li>`;
  });
  return `<p class="lead">${lead}</p>\n<ul class="faces">\n${faces.join('\n')}\n</ul>`;
}

/** Warnings as a section of their own; nothing without any. */
export function warningList(warnings: readonly string[] = []): string {
  if (warnings.length === 0) return '';
  const items = warnings.map((text) => `<li>${escapeHtml(text.trim())}</li>`);
  return section('Warnings', `<ul class="warnings">\n${items.join('\n')}\n</ul>`);
}

/** Formats the configuration as a list, and the command line. */
export function runDetails(config: TrainingReport['config'], command: string): string {
  const entries = Object.entries(config).map(
    ([key, value]) => `<div><dt>${escapeHtml(key)}</dt><dd>${escapeHtml(String(value))}</dd></div>`,
  );
  // Each word is a separate box, so that lines break between options and not at hyphens.
  const words = command.split(' ').map((word) => `<span>${escapeHtml(word)}</span>`);
  return `<dl class="config">
${entries.join('\n')}
</dl>
<p class="lead">To repeat the run:</p>
<pre><code>${words.join(' ')}</code></pre>`;
}

/** Formats a share without decimals, as HTML. */
function whole(share: number): string {
  return escapeHtml(percent(share, 0));
}
