"use strict";
// Figures -> charts. Draws with uPlot; everything that is drawn also stands in a table below the chart.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const SCALES = [[1e12, " tn"], [1e9, " bn"], [1e6, " m"], [1e3, " k"]];

function round(number, digits = 3) {
  return Number(number.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 3 });
}

function money(number) {
  if (number === null || number === undefined) return "";
  const [size, name] = SCALES.find(([size]) => Math.abs(number) >= size) || [1, ""];
  return `${number < 0 ? "−" : ""}$${round(Math.abs(number) / size)}${name}`;
}

function percent(number) {
  return number === null || number === undefined ? "" : `${round(number)} %`;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// By year: the figures, and their spread by the rules of the panel. `claims` are {year, low, value, high, article}.
function byYear(claims, reference) {
  const cells = new Map();
  for (const claim of claims) {
    if (!cells.has(claim.year)) cells.set(claim.year, []);
    cells.get(claim.year).push(claim);
  }
  const years = [...cells.keys()].sort((a, b) => a - b);
  const all = [];
  for (let year = years[0]; year <= years[years.length - 1]; year++) {
    const told = reference && reference[year];
    all.push({ year, ...spread(cells.get(year) || []), reference: told === undefined ? null : told });
  }
  return all;
}

function spread(claims) {
  const valued = claims.filter((claim) => claim.value !== null);
  const known = valued.length ? valued : claims;
  const voices = new Map();
  for (const claim of valued) {
    if (!voices.has(claim.article)) voices.set(claim.article, []);
    voices.get(claim.article).push(claim.value);
  }
  return {
    claims,
    low: known.length ? Math.min(...known.map((claim) => claim.low)) : null,
    median: voices.size ? median([...voices.values()].map(median)) : null,
    high: known.length ? Math.max(...known.map((claim) => claim.high)) : null,
  };
}

function drawClaims(u, rows) {
  const { ctx } = u;
  const radius = 3 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  ctx.strokeStyle = ctx.fillStyle = colour("accent");
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([]); // uPlot leaves the reference line's
  for (const row of rows) {
    for (const claim of row.claims) {
      if (claim.value === null) continue;
      ctx.beginPath();
      ctx.arc(u.valToPos(row.year, "x", true), u.valToPos(claim.value, "y", true), radius, 0, 2 * Math.PI);
      if (claim.isSpent) ctx.fill();
      else ctx.stroke();
    }
  }
  ctx.restore();
}

function tell(row, format) {
  const count = row.claims.length;
  const lines = [`${row.year}: ${count} figure${count === 1 ? "" : "s"}`];
  if (row.median !== null) lines.push(`median ${format(row.median)}`);
  if (row.low !== null && row.low !== row.high) lines.push(`${format(row.low)} to ${format(row.high)}`);
  if (row.reference !== null) lines.push(`reference ${format(row.reference)}`);
  return lines.join("\n");
}

// Draws the rows of `byYear` into `place`; `choose` is called with the year that is clicked.
function drawChart(place, rows, { width, height, isLog, format, choose }) {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  const first = rows[0].year;
  const last = rows[rows.length - 1].year;
  const positive = (number) => (isLog && number !== null && number <= 0 ? null : number);
  const columns = ["low", "high", "median", "reference"].map((name) => rows.map((row) => positive(row[name])));
  const axis = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line") } };
  const hidden = { stroke: "transparent", points: { show: false }, spanGaps: true };
  const options = {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: [first - 0.5, last + 0.5] },
      y: isLog ? { distr: 3 } : { range: (u, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] },
    },
    axes: [
      { ...axis, splits: (u) => wholeYears(first, last, u.width), values: (u, years) => years.map(String) },
      { ...axis, size: 70, values: (u, numbers) => numbers.map((number) => (number === null ? "" : format(number))) },
    ],
    series: [
      {},
      hidden,
      hidden,
      { stroke: colour("accent"), width: 2, spanGaps: true, points: { show: false } },
      { stroke: colour("reference"), width: 2, dash: [7, 5], spanGaps: true, points: { show: columns[3].filter((number) => number !== null).length === 1 } },
    ],
    bands: [{ series: [2, 1], fill: colour("band") }],
    hooks: {
      draw: [(u) => drawClaims(u, rows)],
      setCursor: [
        (u) => {
          const at = u.cursor.idx;
          tip.hidden = at === null || at === undefined || !rows[at];
          if (!tip.hidden) tip.textContent = tell(rows[at], format);
        },
      ],
    },
  };
  const plot = new uPlot(options, [rows.map((row) => row.year), ...columns], place);
  place.append(tip);
  plot.over.addEventListener("click", () => {
    const row = rows[plot.cursor.idx];
    if (row) choose(row.year);
  });
  return plot;
}

function wholeYears(first, last, width) {
  const step = Math.max(1, Math.ceil((last - first + 1) / Math.max(2, Math.floor(width / 70))));
  const years = [];
  for (let year = Math.ceil(first / step) * step; year <= last; year += step) years.push(year);
  return years;
}
