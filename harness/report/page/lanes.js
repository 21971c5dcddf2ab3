/* What the stores were asked, as lanes: a lane a connection, or a user; a block a statement, from when the store was
   sent it to its answer, and hatched for as long as the answer was kept back. */

const kindNames = { r: "reads", w: "writes", t: "transaction", h: "housekeeping", b: "waits", s: "subscribes" };
const howNames = ["", " (a guess, by time)", " (by its transaction)", ""];

/* A packed column: five bits a letter, the least first, a sixth when more follow. */
const digits = new Uint8Array(128);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((letter, i) => {
  digits[letter.charCodeAt(0)] = i;
});

function unpack(text, count) {
  const numbers = new Float64Array(count);
  for (let at = 0, i = 0; i < count; i++) {
    let digit, scale = 1, number = 0;
    do {
      digit = digits[text.charCodeAt(at++)];
      number += (digit & 31) * scale;
      scale *= 32;
    } while (digit & 32);
    numbers[i] = number;
  }
  return numbers;
}

/* The columns made whole again; instants are microseconds. A statement that was never answered is there to the end. */
function decodeTrace(coded) {
  const count = coded.count, trace = { count, texts: coded.texts, shapes: coded.shapes, stores: coded.stores };
  for (const name of ["took", "held", "link", "shape", "user", "asks", "answer", "marks"])
    trace[name] = unpack(coded[name], count);
  trace.asked = unpack(coded.asked, count);
  trace.answered = new Float64Array(count);
  trace.gone = new Float64Array(count);
  trace.end = 1;
  let at = coded.from;
  for (let i = 0; i < count; i++) {
    at += trace.asked[i];
    trace.asked[i] = at;
    trace.answered[i] = trace.took[i] ? at + trace.took[i] - 1 : Infinity;
    trace.gone[i] = trace.answered[i] + trace.held[i];
    trace.end = Math.max(trace.end, trace.took[i] ? trace.gone[i] : at);
  }
  trace.end *= 1.02;
  trace.raced = new Set(coded.race);
  /* 0: nothing; odd: a number; even: a text. */
  trace.said = (code) => (code === 0 ? "" : code % 2 ? String((code - 1) / 2) : coded.texts[code / 2 - 1]);
  return trace;
}

class Lanes extends Plot {
  constructor(holder, trace) {
    super(holder);
    this.trace = decodeTrace(trace);
    this.by = "link";
    this.wanted = () => true;
    this.cursor = null;
    this.end = this.trace.end;
  }

  /* Which statements are shown, and in which lane each is; lanes without any are left out. */
  arrange() {
    const trace = this.trace, lanes = new Map(), keys = this.by === "link" ? trace.link : trace.user;
    this.shown = [];
    this.row = new Int32Array(trace.count);
    for (let i = 0; i < trace.count; i++) {
      if (!this.wanted(i)) continue;
      this.shown.push(i);
      const lane = lanes.get(keys[i]);
      if (lane) lane.push(i);
      else lanes.set(keys[i], [i]);
    }
    const order = [...lanes.keys()];
    if (this.by === "link") order.sort((a, b) => a - b);
    this.lanes = order.map((key) => lanes.get(key));
    this.lanes.forEach((lane, row) => { for (const i of lane) this.row[i] = row; });
    this.names = order.map((key) => (this.by === "link" ? String(key) : trace.said(key) || "?"));
    this.high = order.length;
    this.left = 24 + 7.5 * Math.min(14, this.names.reduce((most, name) => Math.max(most, name.length), 1));
  }

  /* Shows these statements alone, in time and lanes as close as they are. */
  filter(wanted) {
    this.wanted = wanted;
    this.cursor = null;
    this.arrange();
    if (this.view) this.focus();
    else this.start();
  }

  reset() {
    super.reset();
    if (this.shown.length && this.shown.length < this.trace.count) {
      const from = Math.min(this.end, this.trace.asked[this.shown[0]]);
      let to = from;
      for (const i of this.shown) to = Math.max(to, Math.min(this.end, this.trace.gone[i]));
      const room = Math.max(10, (to - from) * 0.05);
      this.view.t0 = Math.max(0, from - room);
      this.view.t1 = Math.min(this.end, to + room);
    }
  }

  focus() {
    this.reset();
    this.paint();
  }

  everything() {
    super.reset();
    this.paint();
  }

  /* ---- painting ---- */

  paintBeside(ctx) {
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    const every = Math.max(1, Math.ceil((this.view.r1 - this.view.r0) / Math.max(2, this.box().height / 16)));
    for (let row = Math.ceil(this.view.r0); row < Math.min(this.view.r1, this.high); row++)
      if (row % every === 0) ctx.fillText(this.names[row].slice(0, 14), this.left - 8, this.y(row + 0.5));
  }

  shade(i) {
    if (this.trace.marks[i] & 4) return this.shades.failed;
    return { r: this.shades.rows, w: this.shades.lag }[this.trace.shapes[this.trace.shape[i]][0]] || this.shades.rejected;
  }

  paintRows(ctx) {
    const high = this.box().height / (this.view.r1 - this.view.r0), thick = Math.min(28, Math.max(1, high * 0.8));
    this.shades = {};
    for (const name of ["failed", "rows", "lag", "rejected", "ink", "bg", "mark", "surface"]) this.shades[name] = color(name);
    this.shades.mono = "12px " + color("mono");
    const first = Math.max(0, Math.floor(this.view.r0)), last = Math.min(this.high, Math.ceil(this.view.r1));
    for (let row = first; row < last; row++) {
      this.last = -1;
      for (const i of this.lanes[row]) this.paintBlock(ctx, i, this.y(row + 0.5) - thick / 2, thick);
    }
  }

  paintBlock(ctx, i, y, thick) {
    const trace = this.trace, end = Math.min(this.end, trace.gone[i]);
    if (end < this.view.t0 || trace.asked[i] > this.view.t1) return;
    const from = this.x(trace.asked[i]), to = this.x(end);
    const answered = this.x(Math.min(end, trace.answered[i])), raced = trace.raced.has(i);
    /* Of many that fall on one pixel one is enough. */
    if (to - from < 1 && Math.floor(from) === this.last && !raced) return;
    this.last = Math.floor(from);
    ctx.fillStyle = this.shade(i);
    ctx.fillRect(from, y, Math.max(1.5, answered - from), thick);
    if (to - answered > 1) this.paintHeld(ctx, answered, y, to - answered, thick);
    if (raced) {
      ctx.strokeStyle = this.shades.mark;
      ctx.lineWidth = 2;
      ctx.strokeRect(from - 1, y - 1, Math.max(1.5, to - from) + 2, thick + 2);
    }
    const width = Math.max(answered, to) - from;
    if (thick >= 12 && width > 14) this.paintValue(ctx, i, from, y, width, thick);
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
    ctx.font = this.shades.mono;
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
    const row = this.row[this.cursor], high = box.height / (this.view.r1 - this.view.r0);
    ctx.strokeStyle = color("ink");
    ctx.lineWidth = 2;
    ctx.strokeRect(x - 3, this.y(row) + 1, Math.max(8, this.x(Math.min(this.end, this.trace.gone[this.cursor])) - x + 6), high - 2);
  }

  /* ---- words ---- */

  value(i) {
    return this.trace.said(this.trace.answer[i]) || this.trace.said(this.trace.asks[i]);
  }

  tell(i) {
    const trace = this.trace, [kind, text] = trace.shapes[trace.shape[i]];
    const whose = trace.user[i] ? "user " + trace.said(trace.user[i]) + howNames[trace.marks[i] & 3] : "nobody's as far as can be said";
    const asks = trace.said(trace.asks[i]), answer = trace.said(trace.answer[i]);
    const ended = trace.took[i] ? (trace.marks[i] & 4 ? "failed" : "answered") + " after " + span(trace.took[i] - 1) : "never answered";
    return span(trace.asked[i]) + ": " + whose + ", " + (trace.stores[trace.marks[i] >> 3] || "") + " connection " + trace.link[i]
      + "\n" + text + (asks ? " with " + asks : "")
      + "\n" + kindNames[kind] + ", " + ended + (answer ? ": " + answer : "")
      + (trace.held[i] ? ", held for " + span(trace.held[i]) : "");
  }

  /* Of the lane the statement that is under the pointer, or the nearest to it. */
  tellAt(row, at) {
    let best = null, least = Infinity;
    for (const i of this.lanes[row]) {
      const far = Math.max(0, this.trace.asked[i] - at, at - this.trace.gone[i]);
      if (far <= least) [best, least] = [i, far];
    }
    return best === null ? "" : this.tell(best);
  }

  /* The scrubber's: the nth statement that is shown. */
  seek(nth) {
    this.cursor = this.shown[nth];
    if (this.cursor === undefined) return "";
    const at = this.trace.asked[this.cursor], { t0, t1, r0, r1 } = this.view, row = this.row[this.cursor];
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
  const raced = new Set([...trace.raced].map((i) => trace.user[i]).filter((code) => code));
  const wanted = new Set(run.named.map(String)), named = new Set();
  for (const code of new Set(trace.user)) if (code && wanted.has(trace.said(code))) named.add(code);
  const options = [["all", "all"]], sets = { race: raced, named };
  if (trace.raced.size) options.unshift(["race", "those of the race"]);
  if (named.size) options.push(["named", "users whom checks name"]);
  for (const code of [...new Set([...raced, ...named])].slice(0, 200))
    options.push([String(code), "user " + trace.said(code)]);
  const pick = (value) => {
    if (value === "all") return () => true;
    const set = sets[value] || new Set([Number(value)]);
    return (i) => set.has(trace.user[i]) || (value === "race" && trace.raced.has(i));
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
  if (!holder || !run.trace) return null;
  const self = new Lanes(holder, run.trace), tools = byId("lanes-tools");
  const { options, pick } = lanesUsers(self.trace, run);
  self.filter(pick(options[0][0]));
  const fit = lanesScrubber(self, byId("lanes-scrub"));
  const show = (value) => { self.filter(pick(value)); fit(); };
  const select = lanesChoice(tools, "lanes-of", "show", options, show);
  lanesChoice(tools, "lanes-by", "a lane for each", [["link", "connection"], ["user", "user"]], (by) => {
    self.by = by;
    show(select.value);
  });
  for (const [text, title, act] of [["+", "zoom in", () => self.zoom(0.6)], ["−", "zoom out", () => self.zoom(1.6)],
    ["everything", "the whole time", () => self.everything()]]) {
    const button = tools.appendChild(make("button", "", text));
    button.type = "button";
    button.title = title;
    button.addEventListener("click", act);
  }
  tools.appendChild(make("span", "hint", "drag to move, click and then use the wheel or + − and arrows"));
  return self;
}
