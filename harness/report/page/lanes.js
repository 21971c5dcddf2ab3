/* What the stores were asked, as lanes: a lane a connection, or a user; a block a statement, from when the store was
   sent it to its answer, and hatched for as long as the answer was kept back. */

const kindNames = { r: "reads", w: "writes", t: "transaction", h: "housekeeping", b: "waits", s: "subscribes" };
const howNames = { g: " (a guess, by time)", t: " (by its transaction)", s: "", "-": "" };

/* The columns made whole again: each `asked` is stored as the difference to the one before. */
function decodeTrace(coded) {
  let instant = 0;
  const asked = coded.asked.map((step) => (instant += step));
  const answered = asked.map((at, i) => (coded.took[i] === null ? null : at + coded.took[i]));
  const gone = answered.map((at, i) => (at === null ? null : at + coded.held[i]));
  return Object.assign({}, coded, { asked, answered, gone, count: asked.length, raced: new Set(coded.race) });
}

class Lanes extends Plot {
  constructor(holder, trace) {
    super(holder);
    this.trace = decodeTrace(trace);
    this.by = "link";
    this.wanted = () => true;
    this.cursor = null;
    this.end = 1;
    for (let i = 0; i < this.trace.count; i++)
      this.end = Math.max(this.end, (this.trace.gone[i] || this.trace.asked[i]) * 1.02);
    this.arrange();
    this.start();
  }

  /* Which statements are shown, and in which lane each is; lanes without any are left out. */
  arrange() {
    const trace = this.trace, lanes = new Map();
    this.shown = [];
    for (let i = 0; i < trace.count; i++) if (this.wanted(i)) this.shown.push(i);
    const key = (i) => (this.by === "link" ? trace.link[i] : trace.user[i] === null ? "?" : String(trace.user[i]));
    for (const i of this.shown) if (!lanes.has(key(i))) lanes.set(key(i), []);
    if (this.by === "link") this.names = [...lanes.keys()].sort((a, b) => a - b);
    else this.names = [...lanes.keys()];
    this.names.forEach((name, row) => { lanes.get(name).row = row; });
    this.row = new Map();
    for (const i of this.shown) {
      lanes.get(key(i)).push(i);
      this.row.set(i, lanes.get(key(i)).row);
    }
    this.lanes = this.names.map((name) => lanes.get(name));
    this.high = this.names.length;
    this.left = 24 + 7.5 * Math.min(14, this.names.reduce((most, name) => Math.max(most, String(name).length), 1));
  }

  /* Shows these statements alone, in time and lanes as close as they are. */
  filter(wanted) {
    this.wanted = wanted;
    this.cursor = null;
    this.arrange();
    this.reset();
    if (this.shown.length && this.shown.length < this.trace.count) {
      const from = Math.min(this.end, this.trace.asked[this.shown[0]]);
      let to = from;
      for (const i of this.shown) to = Math.max(to, this.trace.gone[i] || this.trace.asked[i]);
      const room = Math.max(10, (to - from) * 0.05);
      this.view.t0 = Math.max(0, from - room);
      this.view.t1 = Math.min(this.end, to + room);
    }
    this.paint();
  }

  /* ---- painting ---- */

  paintBeside(ctx) {
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    const every = Math.max(1, Math.ceil((this.view.r1 - this.view.r0) / Math.max(2, this.box().height / 16)));
    for (let row = Math.ceil(this.view.r0); row < Math.min(this.view.r1, this.high); row++)
      if (row % every === 0) ctx.fillText(String(this.names[row]).slice(0, 14), this.left - 8, this.y(row + 0.5));
  }

  shade(i) {
    if (this.trace.failed[i] === "f") return this.shades.failed;
    return { r: this.shades.rows, w: this.shades.lag }[this.trace.shapes[this.trace.shape[i]][0]] || this.shades.rejected;
  }

  paintRows(ctx) {
    const high = this.box().height / (this.view.r1 - this.view.r0), thick = Math.min(28, Math.max(1, high * 0.8));
    this.shades = {};
    for (const name of ["failed", "rows", "lag", "rejected", "ink", "bg", "mark", "surface"]) this.shades[name] = color(name);
    const first = Math.max(0, Math.floor(this.view.r0)), last = Math.min(this.high, Math.ceil(this.view.r1));
    for (let row = first; row < last; row++)
      for (const i of this.lanes[row]) this.paintBlock(ctx, i, this.y(row + 0.5) - thick / 2, thick);
  }

  paintBlock(ctx, i, y, thick) {
    const trace = this.trace, end = trace.gone[i] === null ? this.end : trace.gone[i];
    if (end < this.view.t0 || trace.asked[i] > this.view.t1) return;
    const from = this.x(trace.asked[i]), to = this.x(end);
    const answered = trace.answered[i] === null ? to : this.x(trace.answered[i]);
    ctx.fillStyle = this.shade(i);
    ctx.fillRect(from, y, Math.max(1.5, answered - from), thick);
    if (to - answered > 1) this.paintHeld(ctx, answered, y, to - answered, thick);
    if (trace.raced.has(i)) {
      ctx.strokeStyle = this.shades.mark;
      ctx.lineWidth = 2;
      ctx.strokeRect(from - 1, y - 1, Math.max(1.5, to - from) + 2, thick + 2);
    }
    if (thick >= 12) this.paintValue(ctx, i, from, y, Math.max(answered, to) - from, thick);
  }

  /* Hatched: the answer is there, and nobody has it yet. */
  paintHeld(ctx, x, y, width, thick) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y, width, thick);
    ctx.clip();
    ctx.globalAlpha = 0.3;
    ctx.fillRect(x, y, width, thick);
    ctx.globalAlpha = 0.9;
    ctx.strokeStyle = ctx.fillStyle;
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (let at = Math.max(x, this.left) - thick; at < Math.min(x + width, this.left + this.box().width); at += 6) {
      ctx.moveTo(at, y + thick);
      ctx.lineTo(at + thick, y);
    }
    ctx.stroke();
    ctx.restore();
  }

  /* What was read, or written, where there is room for it: on a ground of its own, as the block is thin. */
  paintValue(ctx, i, x, y, width, thick) {
    const text = this.value(i);
    if (!text) return;
    ctx.font = "12px " + color("mono");
    const wide = ctx.measureText(text).width;
    if (wide + 8 > width) return;
    ctx.fillStyle = this.shades.surface;
    ctx.fillRect(x + 2, y + 2, wide + 4, thick - 4);
    ctx.fillStyle = this.shades.ink;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillText(text, x + 4, y + thick / 2 + 0.5);
  }

  paintOver(ctx) {
    if (this.cursor === null) return;
    const at = this.trace.asked[this.cursor], x = this.x(at), box = this.box();
    stroke(ctx, x, PLOT.top, x, PLOT.top + box.height, color("mark"));
    const row = this.row.get(this.cursor), high = box.height / (this.view.r1 - this.view.r0);
    ctx.strokeStyle = color("ink");
    ctx.lineWidth = 2;
    ctx.strokeRect(x - 3, this.y(row) + 1, Math.max(8, this.x(this.trace.gone[this.cursor] || at) - x + 6), high - 2);
  }

  /* ---- words ---- */

  value(i) {
    return String(this.trace.answer[i] || this.trace.asks[i] || "");
  }

  tell(i) {
    const trace = this.trace, [kind, text] = trace.shapes[trace.shape[i]];
    const whose = trace.user[i] === null ? "nobody's as far as can be said" : "user " + trace.user[i] + howNames[trace.how[i]];
    const store = trace.stores[trace.store.charCodeAt(i) - 97];
    const ended = trace.answered[i] === null ? "never answered"
      : (trace.failed[i] === "f" ? "failed" : "answered") + " after " + span(trace.answered[i] - trace.asked[i])
        + (trace.answer[i] ? ": " + trace.answer[i] : "");
    const held = trace.held[i] ? ", held for " + span(trace.held[i]) : "";
    return span(trace.asked[i]) + ": " + whose + ", " + (store || "") + " connection " + trace.link[i] + "\n" + text
      + (trace.asks[i] ? " with " + trace.asks[i] : "") + "\n" + (kindNames[kind] || "") + ", " + ended + held;
  }

  /* Of the lane the statement that is under the pointer, or the nearest to it. */
  tellAt(row, at) {
    let best = null, least = Infinity;
    for (const i of this.lanes[row]) {
      const end = this.trace.gone[i] === null ? this.end : this.trace.gone[i];
      const far = at < this.trace.asked[i] ? this.trace.asked[i] - at : Math.max(0, at - end);
      if (far <= least) [best, least] = [i, far];
    }
    return best === null ? "" : this.tell(best);
  }

  /* The scrubber's: the nth statement that is shown. */
  seek(nth) {
    this.cursor = this.shown[nth];
    if (this.cursor === undefined) return "";
    const at = this.trace.asked[this.cursor], { t0, t1, r0, r1 } = this.view, row = this.row.get(this.cursor);
    const long = t1 - t0, high = r1 - r0;
    const from = at < t0 || at > t1 ? at - long / 2 : t0, top = row < r0 || row >= r1 ? row - high / 2 : r0;
    this.show(from, from + long, top, top + high);
    return this.tell(this.cursor);
  }
}

/* ---- what is shown of them ---- */

function lanesChoice(tools, name, text, options, act) {
  const label = tools.appendChild(make("label", "", text + " "));
  const select = label.appendChild(make("select"));
  select.name = name;
  for (const [value, title] of options) {
    const option = select.appendChild(make("option", "", title));
    option.value = value;
  }
  select.addEventListener("change", () => act(select.value));
  return select;
}

function lanesUsers(trace, run) {
  const inRace = new Set(trace.race), raced = new Set(trace.race.map((i) => trace.user[i]).filter((user) => user !== null).map(String));
  const named = run.named.map(String);
  const options = [["all", "all"]];
  if (trace.race.length) options.unshift(["race", "those of the race"]);
  if (named.length) options.push(["named", "users whom checks name"]);
  for (const user of [...new Set([...raced, ...named])].slice(0, 200)) options.push(["user " + user, "user " + user]);
  const sets = { race: raced, named: new Set(named) };
  const pick = (value) => {
    if (value === "all") return () => true;
    const set = sets[value] || new Set([value.slice(5)]);
    return (i) => (value === "race" && inRace.has(i)) || (trace.user[i] !== null && set.has(String(trace.user[i])));
  };
  return { options, pick };
}

function lanesScrubber(self, place) {
  const label = place.appendChild(make("label", "scrub", "statement by statement "));
  const range = label.appendChild(make("input"));
  range.type = "range";
  range.name = "lanes-at";
  range.min = 0;
  range.step = 1;
  const said = place.appendChild(make("output", "said mono"));
  const move = () => {
    const text = self.seek(Number(range.value));
    said.textContent = text;
    range.setAttribute("aria-valuetext", text.replace(/\n/g, "; "));
  };
  range.addEventListener("input", move);
  const fit = () => {
    range.max = Math.max(0, self.shown.length - 1);
    range.value = 0;
    said.textContent = count(self.shown.length) + " statements";
  };
  fit();
  return fit;
}

function lanes(run) {
  const holder = byId("lanes-chart");
  if (!holder || !run.trace || !run.trace.asked.length) return null;
  const self = new Lanes(holder, run.trace), tools = byId("lanes-tools");
  const { options, pick } = lanesUsers(run.trace, run);
  const fit = lanesScrubber(self, byId("lanes-scrub"));
  const show = (value) => { self.filter(pick(value)); fit(); };
  const select = lanesChoice(tools, "lanes-of", "show", options, show);
  lanesChoice(tools, "lanes-by", "a lane for each", [["link", "connection"], ["user", "user"]], (by) => {
    self.by = by;
    show(select.value);
  });
  for (const [text, title, act] of [["+", "zoom in", () => self.zoom(0.6)], ["−", "zoom out", () => self.zoom(1.6)],
    ["everything", "the whole time", () => { self.reset(); self.paint(); }]]) {
    const button = tools.appendChild(make("button", "", text));
    button.type = "button";
    button.title = title;
    button.addEventListener("click", act);
  }
  tools.appendChild(make("span", "hint", "drag to move, click and then use the wheel or + − and arrows"));
  show(select.value);
  return self;
}
