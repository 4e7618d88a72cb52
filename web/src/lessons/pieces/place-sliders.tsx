import { Slider } from '../pieces.tsx';

/** Two sliders for a position in an image, as an alternative to dragging. */
export function PlaceSliders(props: {
  /** name of the positioned object */
  name: string;
  column: number;
  row: number;
  min: number;
  max: number;
  onColumn: (value: number) => void;
  onRow: (value: number) => void;
}) {
  const { name, column, row, min, max, onColumn, onRow } = props;
  const range = { min, max, step: 1 };
  return (
    <>
      <Slider label={`${name}, across`} value={column} {...range} onValue={onColumn} testId="across" />
      <Slider label={`${name}, down`} value={row} {...range} onValue={onRow} testId="down" />
    </>
  );
}
