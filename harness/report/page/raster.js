/* The burst as a raster: one line a request from its release to its answer, sorted by release. */

/* The columns of the data made whole again: instants are stored as differences. */
function decodeRequests(run) {
  const coded = run.requests;
  const released = [], first = [], done = [];
  let instant = 0;
  coded.released.forEach((step, i) => {
    instant += step;
    released.push(instant / 1000);
    first.push(coded.first[i] === null ? null : instant / 1000 + coded.first[i]);
    done.push(coded.done[i] === null ? null : instant / 1000 + coded.done[i]);
  });
  return Object.assign({}, coded, { released, first, done, count: released.length });
}

const classNames = { a: "accepted", r: "rejected", l: "limited", f: "failed", u: "unknown" };
const classColors = { a: "accepted", r: "rejected", l: "limited", f: "failed", u: "unanswered" };

class Raster extends Plot {
  constructor(holder, run) {
    super(holder);
    this.run = run;
    this.rows = decodeRequests(run);
    this.high = this.rows.count;
    this.named = new Set(run.named.map(String));
    this.chosen = [];
    this.end = this.rows.done.reduce((most, at) => Math.max(most, at || 0), 0) || 1;
    this.end = Math.max(this.end, this.rows.released[this.rows.count - 1] || 0) * 1.02;
    /* Room for the largest number beside the rows. */
    this.left = 22 + 7.5 * count(this.rows.count * run.stride).length;
    this.start();
  }

  /* ---- painting ---- */

  paintBeside(ctx) {
    const box = this.box();
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    const rows = this.view.r1 - this.view.r0;
    const every = Math.max(1, niceStep(rows / Math.max(2, box.height / 60)));
    for (let row = Math.ceil(this.view.r0 / every) * every; row < this.view.r1; row += every)
      ctx.fillText(count(Math.round(row * this.run.stride)), this.left - 12, this.y(row + 0.5));
    this.paintNamed(ctx);
  }

  /* A tick in the margin for each request of a user whom a check names. */
  paintNamed(ctx) {
    ctx.fillStyle = color("mark");
    const first = Math.max(0, Math.floor(this.view.r0)), last = Math.min(this.rows.count, this.view.r1);
    const high = Math.max(1.5, this.box().height / (this.view.r1 - this.view.r0));
    for (let row = first; row < last; row++)
      if (this.stands(row)) ctx.fillRect(this.left - 8, this.y(row), 6, high);
  }

  paintRows(ctx) {
    const { r0, r1 } = this.view;
    const thick = Math.max(1, this.box().height / (r1 - r0) * 0.8);
    const shades = {};
    for (const key of Object.keys(classColors)) shades[key] = color(classColors[key]);
    const first = Math.max(0, Math.floor(r0)), last = Math.min(this.rows.count, Math.ceil(r1));
    const late = [];
    for (let row = first; row < last; row++)
      if (this.rows.cls[row] === "r" && !this.stands(row)) this.paintRow(ctx, row, thick, shades.r);
      else late.push(row);
    /* What is rare comes on top and never gets thinner than the eye can see. */
    for (const row of late) this.paintRow(ctx, row, Math.max(1.5, thick), shades[this.rows.cls[row]]);
    ctx.strokeStyle = color("ink");
    ctx.lineWidth = 1.5;
    for (const row of this.chosen) {
      const x1 = this.x(this.rows.released[row]), x2 = this.x(this.until(row));
      ctx.strokeRect(x1 - 3, this.y(row + 0.5) - thick / 2 - 3, x2 - x1 + 6, thick + 6);
    }
  }

  stands(row) {
    return this.chosen.includes(row) || this.named.has(String(this.rows.user[row]));
  }

  /* Light while the service thinks, full from the first byte on. */
  paintRow(ctx, row, thick, shade) {
    const y = this.y(row + 0.5) - thick / 2;
    const from = this.x(this.rows.released[row]), to = this.x(this.until(row));
    const first = this.rows.first[row] === null ? to : this.x(this.rows.first[row]);
    ctx.fillStyle = shade;
    ctx.globalAlpha = this.stands(row) ? 1 : 0.45;
    ctx.fillRect(from, y, Math.max(0.5, first - from), thick);
    ctx.globalAlpha = 1;
    ctx.fillRect(Math.min(first, to - 1.5), y, Math.max(1.5, to - first), thick);
  }

  until(row) {
    return this.rows.done[row] === null ? this.end : this.rows.done[row];
  }

  paintOver(ctx) {
    if (this.run.lastResponse === null) return;
    const x = this.x(this.run.lastResponse), box = this.box();
    stroke(ctx, x, PLOT.top, x, PLOT.top + box.height, color("mark"));
    label(ctx, "last response", x - 5, PLOT.top + box.height - 8, color("mark"), "right");
  }

  /* Shows the requests of these users, close up. false: none of them is drawn. */
  choose(users) {
    const wanted = users.filter((user) => user !== undefined).map(String);
    const found = wanted.map((user) => this.rows.user.findIndex((other) => String(other) === user));
    this.chosen = found.filter((row) => row >= 0);
    if (!this.chosen.length) return false;
    const from = Math.min(...this.chosen.map((row) => this.rows.released[row]));
    const to = Math.max(...this.chosen.map((row) => this.until(row)));
    const first = Math.min(...this.chosen), last = Math.max(...this.chosen);
    const high = Math.max(60, (last - first) * 1.3), middle = (first + last) / 2;
    this.show(from - (to - from) * 0.3, to + (to - from) * 0.3, middle - high / 2, middle + high / 2);
    return true;
  }

  tellAt(row) {
    const rows = this.rows;
    const took = rows.done[row] === null ? "never answered"
      : "answered " + span(rows.done[row]) + ", took " + span(rows.done[row] - rows.released[row]);
    const status = rows.status[row] ? ", status " + rows.status[row] : "";
    const rank = rows.rank[row] === null ? "" : ", rank " + rows.rank[row];
    return "user " + rows.user[row] + ": " + classNames[rows.cls[row]] + status + rank
      + "\nreleased " + span(rows.released[row]) + "\n" + took;
  }
}

function raster(run) {
  const holder = byId("raster");
  if (!holder || !run.requests.released.length) return null;
  const self = new Raster(holder, run);
  const tools = byId("raster-tools");
  const buttons = [
    ["+", "zoom in", () => self.zoom(0.6)], ["−", "zoom out", () => self.zoom(1.6)],
    ["everything", "show everything", () => { self.chosen = []; self.reset(); self.paint(); }],
    ["the releases", "only while requests were released", () => {
      self.show(0, Math.max(1, self.rows.released[self.rows.count - 1] * 1.1), 0, self.rows.count);
    }],
  ];
  for (const [text, title, act] of buttons) {
    const button = tools.appendChild(make("button", "", text));
    button.type = "button";
    button.title = title;
    button.addEventListener("click", act);
  }
  tools.appendChild(make("span", "hint", "drag to move, click and then use the wheel or + − and arrows"));
  return self;
}
