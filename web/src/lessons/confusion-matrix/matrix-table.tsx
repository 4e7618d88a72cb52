import { percent } from '../../lib/format.ts';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { accuracyOf, type Matrix, precisionOf, recallOf } from './classifier.ts';
import { CLASSES } from './people.ts';

/** A confusion matrix with recall and precision. */
export function MatrixTable({ matrix, title, testId }: { matrix: Matrix; title: string; testId: string }) {
  const share = (value: number) => (Number.isNaN(value) ? '–' : percent(value));
  const largest = Math.max(...matrix.flat());
  return (
    <ScrollBox label={title}>
      <table class="confusion-table" data-testid={testId}>
        <caption>
          {title}: <b data-testid={`${testId}-accuracy`}>{percent(accuracyOf(matrix))}</b> right
        </caption>
        <thead>
          <tr>
            <th scope="col">true, predicted as</th>
            {CLASSES.map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
            <th scope="col" class="number">
              recall
            </th>
          </tr>
        </thead>
        <tbody>
          {matrix.map((row, label) => (
            <tr key={CLASSES[label]}>
              <th scope="row">{CLASSES[label]}</th>
              {row.map((value, column) => (
                <td
                  key={CLASSES[column]}
                  class={`number ${label === column ? 'hit' : 'miss'}`}
                  style={{ '--share': value / largest }}
                >
                  {value}
                </td>
              ))}
              <td class="number">{share(recallOf(matrix, label))}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">precision</th>
            {CLASSES.map((name, label) => (
              <td key={name} class="number">
                {share(precisionOf(matrix, label))}
              </td>
            ))}
            <td />
          </tr>
        </tfoot>
      </table>
    </ScrollBox>
  );
}
