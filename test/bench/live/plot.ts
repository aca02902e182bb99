/** Bars as an SVG, light or dark as the reader's page is. */

export interface Bars {
  readonly name: string;
  readonly live: number;
  readonly simulated: number;
}

const WIDTH = 640;
const LEFT = 110;
const ROW = 46;
const BAR = 15;
const TOP = 46;

/** Overload of each policy, with real processes and in simulation. */
export function overloadPlot(rows: readonly Bars[]): string {
  const most = Math.max(1, ...rows.flatMap(({ live, simulated }) => [live, simulated]));
  const scale = (WIDTH - LEFT - 60) / most;
  const height = TOP + rows.length * ROW + 10;
  const bar = (y: number, value: number, kind: string): string =>
    `<rect class="${kind}" x="${LEFT}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR}"/>` +
    `<text x="${(LEFT + value * scale + 6).toFixed(1)}" y="${y + 12}">${Math.round(value)}</text>`;
  const body = rows.map(({ name, live, simulated }, i) => {
    const y = TOP + i * ROW;
    return `<text x="${LEFT - 8}" y="${y + 20}" text-anchor="end">${name}</text>${bar(y, live, "live")}${bar(y + BAR + 2, simulated, "simulated")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<style>text{fill:#333}.live{fill:#c2571a}.simulated{fill:#8aa9c4}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>
<text x="${LEFT}" y="18">overload, host-seconds with outputs later than 0.5 s</text>
<rect class="live" x="${LEFT}" y="26" width="10" height="10"/><text x="${LEFT + 16}" y="36">processes</text>
<rect class="simulated" x="${LEFT + 100}" y="26" width="10" height="10"/><text x="${LEFT + 116}" y="36">simulation</text>
${body.join("\n")}
</svg>
`;
}
