import { FACES } from '../pieces/face.ts';
import { useUrlState } from '../url-state.ts';
import { COLORS, type Light, PLACES } from './light.ts';

/** The face and the light on it, stored in the URL and shared by both parts of the lesson. */
export function useLight() {
  const [face, setFace] = useUrlState('face', 5, [1, FACES]);
  const [column, setColumn] = useUrlState('x', 33, PLACES);
  const [row, setRow] = useUrlState('y', 15, PLACES);
  const [strength, setStrength] = useUrlState('light', 1, [0, 2]);
  const [color, setColor] = useUrlState('color', 'white', COLORS);
  const [second, setSecond] = useUrlState('second', 0, [0, 1]);
  const whole = Math.round;
  const light: Light = { column: whole(column), row: whole(row), strength, color, second: second === 1 };
  return { face: whole(face), light, setFace, setColumn, setRow, setStrength, setColor, setSecond };
}
