/* The charts by Chart.js: drain curve, release spread, latency by percentile. */

function axis(title, extra) {
  return Object.assign({
    type: "linear",
    title: { display: true, text: title, color: color("muted") },
    grid: { color: color("line"), drawBorder: false },
    ticks: { color: color("muted"), maxRotation: 0 },
  }, extra);
}

function options(scales, more) {
  return Object.assign({
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    layout: { padding: { top: 4 } },
    normalized: true,
    interaction: { mode: "index", axis: "x", intersect: false },
    scales,
    plugins: Object.assign({
      legend: {
        position: "bottom",
        labels: { color: color("ink"), boxWidth: 12, boxHeight: 12 },
      },
      tooltip: {
        backgroundColor: color("ink"), titleColor: color("bg"), bodyColor: color("bg"),
        footerColor: color("bg"), padding: 8, displayColors: false,
      },
    }, more),
  });
}

/* Draws a chart into the canvas of an element, again with each change of colours. */
function chartIn(id, build) {
  const holder = byId(id);
  if (!holder) return null;
  const canvas = holder.appendChild(make("canvas"));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", holder.dataset.label || "");
  const self = { chart: null, state: {} };
  self.paint = () => {
    if (self.chart) self.chart.destroy();
    self.chart = new Chart(canvas, build(self.state));
  };
  painted(self.paint);
  return self;
}

function line(label, points, shade, extra) {
  return Object.assign({
    label,
    data: points,
    borderColor: shade,
    backgroundColor: shade,
    borderWidth: 2,
    pointRadius: 0,
    pointHitRadius: 6,
  }, extra);
}

/* ---- the drain ---- */

function points(samples, key) {
  const found = [];
  samples.at.forEach((at, i) => {
    if (samples[key][i] !== null) found.push({ x: at / 1000, y: samples[key][i] });
  });
  return found;
}

function drainMarks(runs) {
  const down = [];
  for (const run of runs) {
    const who = runs.length > 1 ? run.name + ": " : "";
    if (run.lastResponse !== null) {
      const seen = run.rowsAtLastResponse;
      down.push({
        at: run.lastResponse / 1000, color: color("mark"),
        label: who + "last response" + (seen === null ? "" : ": " + count(seen) + " rows"),
      });
    }
    if (run.asserted !== null && run.asserted !== run.decided)
      down.push({ at: run.asserted / 1000, color: color("fail"), label: who + "asserted" });
    if (run.decided !== null)
      down.push({ at: run.decided / 1000, color: color("muted"), label: who + "decided" });
    for (const event of run.events)
      down.push({ at: event.at / 1000, color: color("lag"), label: who + event.what });
  }
  return down.sort((a, b) => a.at - b.at);
}

/* Every other phase is shaded, so that their borders show; all are named. */
function phaseBands(run, end) {
  return run.phases
    .map((phase, i) => ({
      from: Math.max(0, phase.from / 1000), to: Math.min(end, phase.to / 1000), label: phase.name,
      shade: i % 2 ? color("band") : "transparent",
    }))
    .filter((band) => band.from < band.to);
}

/* From what a fault takes away to what brings it back, as the events tell it. */
const remedies = { kill: "ready again:", terminate: "ready again:", stop: "continue", "broker down": "broker up" };

function faultBands(run, end) {
  const bands = [];
  for (const [broken, cured] of Object.entries(remedies))
    for (const event of run.events.filter((e) => e.what.startsWith(broken + " "))) {
      const whom = event.what.slice(broken.length);
      const cure = run.events.find((e) => e.at > event.at && e.what === cured + whom);
      const to = cure ? cure.at / 1000 : end;
      bands.push({ from: event.at / 1000, to: Math.min(end, to), shade: color("fault") });
    }
  return bands;
}

/* The end of what is worth seeing: the decision and the last change, or all that was sampled or happened. */
function drainEnd(runs, whole) {
  let end = 1;
  for (const run of runs) {
    const at = run.samples.at;
    const instants = [run.decided, run.lastResponse, run.lastChange, run.asserted];
    if (whole) instants.push(at[at.length - 1] || null, ...run.events.map((event) => event.at));
    for (const instant of instants) if (instant !== null) end = Math.max(end, instant / 1000 * 1.04);
  }
  const step = niceStep(end / 12);
  return Math.ceil(end / step) * step;
}

function drainSets(runs) {
  const sets = [];
  runs.forEach((run, i) => {
    const who = runs.length > 1 ? " of " + run.name : "";
    const dash = i ? { borderDash: [6, 3] } : {};
    const stepped = Object.assign({ stepped: true, yAxisID: "y" }, dash);
    sets.push(line("coupon rows" + who, points(run.samples, "rows"), color("rows"), stepped));
    const lag = points(run.samples, "lag");
    if (lag.length)
      sets.push(line("records waiting (lag)" + who, lag, color("lag"),
        Object.assign({}, stepped, { borderWidth: 1.5 })));
    if (runs.length === 1)
      sets.push(line("requests answered", points(run.samples, "answered"), color("answered"),
        { yAxisID: "answered", borderWidth: 1.5, stepped: true }));
  });
  return sets;
}

function drainChart(runs, whole) {
  const end = drainEnd(runs, whole);
  const scales = {
    x: axis("ms after the first release", { min: 0, max: end }),
    y: axis("rows, records", { beginAtZero: true, suggestedMax: runs[0].limit * 1.3 }),
  };
  if (runs.length === 1)
    scales.answered = axis("requests answered", {
      position: "right", beginAtZero: true, suggestedMax: runs[0].count * 1.3,
      grid: { display: false, drawBorder: false },
    });
  return {
    type: "line",
    data: { datasets: drainSets(runs) },
    options: Object.assign(options(scales, {
      marks: {
        across: [{ at: runs[0].limit, label: "limit " + count(runs[0].limit), color: color("limit") }],
        down: drainMarks(runs),
        bands: runs.length === 1 ? [...phaseBands(runs[0], end), ...faultBands(runs[0], end)] : [],
      },
    }), { layout: { padding: { top: 22 } } }),
    plugins: [marks],
  };
}

function drain(runs) {
  if (!runs.some((run) => run.samples.at.length)) return;
  const chart = chartIn("drain-chart", (state) => drainChart(runs, state.whole));
  const tools = byId("drain-tools");
  if (!chart || !tools) return;
  for (const [text, whole] of [["to the decision", false], ["to the end", true]]) {
    const button = tools.appendChild(make("button", "", text));
    button.type = "button";
    button.setAttribute("aria-pressed", String(!whole));
    button.addEventListener("click", () => {
      for (const other of tools.children) other.setAttribute("aria-pressed", String(other === button));
      chart.state.whole = whole;
      chart.paint();
    });
  }
}

/* ---- how tight the releases were ---- */

const classes = [
  ["accepted", "accepted"], ["rejected", "rejected"], ["limited", "limited"], ["failed", "failed"], ["unknown", "unanswered"],
];

function spreadChart(run) {
  const { from, width, counts } = run.spread;
  const sets = classes
    .filter(([name]) => counts[name].some((n) => n > 0))
    .map(([name, shade]) => ({
      label: name, data: counts[name].map((n, i) => ({ x: (from + (i + 0.5) * width) / 1000, y: n })),
      backgroundColor: color(shade), barPercentage: 1, categoryPercentage: 0.94,
    }));
  return {
    type: "bar",
    data: { datasets: sets },
    options: options({
      x: axis("ms after the first release", { stacked: true, offset: false, grid: { display: false } }),
      y: axis("requests released", { stacked: true, beginAtZero: true }),
    }, {}),
  };
}

function spread(run) {
  if (run.spread.counts.accepted.length) chartIn("spread-chart", () => spreadChart(run));
}

/* ---- latency, by the number of nines ---- */

function nines(quantile) {
  return -Math.log10(1 - quantile);
}

function percent(x) {
  const share = 100 * (1 - Math.pow(10, -x));
  return String(+share.toFixed(Math.max(0, Math.round(x) - 1))) + " %";
}

function latencyChart(runs) {
  const sets = [];
  runs.forEach((run, i) => {
    const who = runs.length > 1 ? run.name : "";
    const curve = (pairs) => pairs.map(([quantile, us]) => ({ x: nines(quantile), y: us / 1000 }));
    sets.push(line(who || "from the scheduled start", curve(run.latency.scheduled),
      color(i ? "lag" : "mark")));
    if (runs.length === 1)
      sets.push(line("from the send", curve(run.latency.sent), color("answered"),
        { borderDash: [6, 3] }));
  });
  const most = Math.max(...sets.flatMap((set) => set.data.map((point) => point.x)));
  return {
    type: "line",
    data: { datasets: sets },
    options: options({
      x: axis("share of the answered requests that took at most so long", {
        min: 0, max: most,
        ticks: { color: color("muted"), maxRotation: 0, callback: (x) => percent(x) },
        afterBuildTicks: (scale) => {
          scale.ticks = [];
          for (let nine = 0; nine <= most; nine++) scale.ticks.push({ value: nine });
        },
      }),
      y: axis("ms", { beginAtZero: true }),
    }, {
      tooltip: {
        backgroundColor: color("ink"), titleColor: color("bg"), bodyColor: color("bg"), padding: 8,
        displayColors: false,
        callbacks: {
          title: (items) => percent(items[0].parsed.x),
          label: (item) => item.dataset.label + ": " + span(item.parsed.y * 1000),
        },
      },
    }),
  };
}

function latency(runs) {
  if (runs.some((run) => run.latency.scheduled.length)) chartIn("latency-chart", () => latencyChart(runs));
}
