/** Shown on the card and beside the title. */
export function Picture() {
  const before = [34, 62, 70, 96, 118, 150];
  const mean = before.reduce((a, b) => a + b, 0) / before.length;
  const std = Math.sqrt(before.reduce((sum, v) => sum + (v - mean) ** 2, 0) / before.length);
  const after = before.map((v) => 160 + ((v - mean) / std) * 48);
  return (
    <svg viewBox="0 0 320 190" class="drawing" role="img" aria-label="A batch is moved to mean 0, spread 1">
      <rect class="wash" x={mean - std} y="28" width={2 * std} height="32" />
      <path class="rule" d="M16 44H304M16 146H304" />
      <path class="mark" d={`M${mean} 22V66M160 124V168`} />
      {before.map((x, i) => (
        <path key={x} class="thread" d={`M${x} 44L${after[i]} 146`} />
      ))}
      {before.map((x) => (
        <circle key={x} class="dot" cx={x} cy="44" r="6" />
      ))}
      {after.map((x) => (
        <circle key={x} class="dot" cx={x} cy="146" r="6" />
      ))}
      <text x={mean} y="16" text-anchor="middle">
        mean
      </text>
      <text x="160" y="184" text-anchor="middle">
        0
      </text>
    </svg>
  );
}
