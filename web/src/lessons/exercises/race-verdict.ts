/** Compares two times: how many times as long or as fast the reader's kernel is, for the text of that name. */
export function raceVerdict(
  own: number,
  library: number,
): { key: 'slower' | 'faster' | 'equal'; times: number } {
  const ratio = own / library;
  if (ratio > 1.25) return { key: 'slower', times: ratio };
  if (ratio < 0.8) return { key: 'faster', times: 1 / ratio };
  return { key: 'equal', times: 1 };
}
