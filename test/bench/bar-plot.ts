/** Bars as an SVG, light or dark as the reader's page is. */

export interface BarPlot {
  readonly title: string;
  /** What the bars of a row are, and their colours. */
  readonly series: readonly { readonly name: string; readonly colour: string }[];
  /** A value for each of the series. */
  readonly rows: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** Behind each value. */
  readonly unit?: string;
}

const WIDTH = 640;
const LEFT = 130;
const BAR = 13;
const GAP = 14;
const TOP = 50;
const LEGEND = 125;

/** All bars to one scale. */
export function barPlot({ title, series, rows, unit = "" }: BarPlot): string {
  const most = Math.max(1, ...rows.flatMap(({ values }) => values));
  const scale = (WIDTH - LEFT - 60) / most;
  const rowHeight = series.length * (BAR + 1) + GAP;
  const height = TOP + rows.length * rowHeight;
  const bar = (y: number, value: number, i: number): string =>
    `<rect class="bar${i}" x="${LEFT}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR}"/>` +
    `<text x="${(LEFT + value * scale + 6).toFixed(1)}" y="${y + BAR - 2}">${Math.round(value)}${unit}</text>`;
  const body = rows.map(({ name, values }, row) => {
    const y = TOP + row * rowHeight;
    const middle = y + (series.length * (BAR + 1)) / 2 + 4;
    const bars = values.map((value, i) => bar(y + i * (BAR + 1), value, i)).join("");
    return `<text x="${LEFT - 8}" y="${middle}" text-anchor="end">${name}</text>${bars}`;
  });
  const legend = series.map(({ name }, i) => {
    const x = i * LEGEND;
    return `<rect class="bar${i}" x="${x}" y="28" width="10" height="10"/><text x="${x + 15}" y="38">${name}</text>`;
  });
  const colours = series.map(({ colour }, i) => `.bar${i}{fill:${colour}}`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<title>${title}</title>
<style>text{fill:#333}${colours}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>
<text x="0" y="16">${title}</text>
${legend.join("")}
${body.join("\n")}
</svg>
`;
}
