/* The burst as a raster: one line a request from its release to its answer, sorted by release. Zoomed by
   wheel, buttons or keys, moved by dragging; hovering tells about one request. */

const RASTER = { right: 8, top: 8, bottom: 28 };

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

const classNames = { a: "accepted", r: "rejected", f: "failed", u: "unknown" };
const classColors = { a: "accepted", r: "rejected", f: "failed", u: "unanswered" };

class Raster {
  constructor(holder, run) {
    this.run = run;
    this.rows = decodeRequests(run);
    this.holder = holder;
    this.canvas = holder.appendChild(make("canvas"));
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", holder.dataset.label || "");
    this.tip = holder.appendChild(make("div", "tip mono"));
    this.tip.hidden = true;
    this.named = new Set(run.named.map(String));
    this.chosen = [];
    this.end = this.rows.done.reduce((most, at) => Math.max(most, at || 0), 0) || 1;
    this.end = Math.max(this.end, this.rows.released[this.rows.count - 1] || 0) * 1.02;
    /* Room for the largest number beside the rows. */
    this.left = 22 + 7.5 * count(this.rows.count * run.stride).length;
    this.reset();
    this.listen();
    new ResizeObserver(() => this.paint()).observe(holder);
    painted(() => this.paint());
  }

  reset() {
    this.view = { t0: 0, t1: this.end, r0: 0, r1: Math.max(1, this.rows.count) };
  }

  box() {
    const width = this.holder.clientWidth - this.left - RASTER.right;
    const height = this.holder.clientHeight - RASTER.top - RASTER.bottom;
    return { width: Math.max(1, width), height: Math.max(1, height) };
  }

  x(at) {
    return this.left + (at - this.view.t0) / (this.view.t1 - this.view.t0) * this.box().width;
  }

  y(row) {
    return RASTER.top + (row - this.view.r0) / (this.view.r1 - this.view.r0) * this.box().height;
  }

  /* ---- painting ---- */

  paint() {
    const ratio = window.devicePixelRatio || 1;
    const width = this.holder.clientWidth, height = this.holder.clientHeight;
    if (!width || !height) return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const ctx = this.canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    ctx.clearRect(0, 0, width, height);
    this.paintAxes(ctx);
    ctx.save();
    const box = this.box();
    ctx.beginPath();
    ctx.rect(this.left, RASTER.top, box.width, box.height);
    ctx.clip();
    this.paintRows(ctx);
    this.paintLastResponse(ctx);
    ctx.restore();
  }

  paintAxes(ctx) {
    const box = this.box();
    ctx.font = "12px " + color("sans");
    ctx.fillStyle = color("muted");
    ctx.strokeStyle = color("line");
    ctx.lineWidth = 1;
    ctx.textBaseline = "top";
    ctx.textAlign = "center";
    const long = this.view.t1 - this.view.t0;
    const step = niceStep(long / Math.max(2, box.width / 90));
    for (let at = Math.ceil(this.view.t0 / step) * step; at <= this.view.t1; at += step) {
      const x = this.x(at);
      ctx.beginPath();
      ctx.moveTo(x, RASTER.top);
      ctx.lineTo(x, RASTER.top + box.height);
      ctx.stroke();
      if (x < this.left + box.width - 16) ctx.fillText(span(at), x, RASTER.top + box.height + 8);
    }
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

  paintLastResponse(ctx) {
    if (this.run.lastResponse === null) return;
    const x = this.x(this.run.lastResponse), box = this.box();
    stroke(ctx, x, RASTER.top, x, RASTER.top + box.height, color("mark"));
    label(ctx, "last response", x - 5, RASTER.top + box.height - 8, color("mark"), "right");
  }

  /* ---- moving about ---- */

  /* Scales the view around a point of it (0 to 1 each way). */
  zoom(factor, atX = 0.5, atY = 0.5) {
    const v = this.view;
    const t = v.t0 + (v.t1 - v.t0) * atX, r = v.r0 + (v.r1 - v.r0) * atY;
    this.show(t + (v.t0 - t) * factor, t + (v.t1 - t) * factor,
      r + (v.r0 - r) * factor, r + (v.r1 - r) * factor);
  }

  move(partX, partY) {
    const v = this.view;
    const dt = (v.t1 - v.t0) * partX, dr = (v.r1 - v.r0) * partY;
    this.show(v.t0 + dt, v.t1 + dt, v.r0 + dr, v.r1 + dr);
  }

  /* Keeps the view inside the data: at least one microsecond and five rows of it. */
  show(t0, t1, r0, r1) {
    const rows = Math.max(1, this.rows.count);
    const long = Math.min(this.end, Math.max(1, t1 - t0));
    const high = Math.min(rows, Math.max(5, r1 - r0));
    t0 = Math.min(Math.max(0, t0), this.end - long);
    r0 = Math.min(Math.max(0, r0), Math.max(0, rows - high));
    this.view = { t0, t1: t0 + long, r0, r1: r0 + high };
    this.paint();
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

  /* ---- hands ---- */

  part(event) {
    const rect = this.canvas.getBoundingClientRect(), box = this.box();
    return {
      x: (event.clientX - rect.left - this.left) / box.width,
      y: (event.clientY - rect.top - RASTER.top) / box.height,
    };
  }

  listen() {
    this.canvas.addEventListener("wheel", (event) => {
      /* A page that scrolls must not get caught: zoom only with a key held, or once it is zoomed in. */
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== this.canvas) return;
      event.preventDefault();
      const at = this.part(event);
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, at.x, at.y);
    }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.drag = this.part(event);
    });
    this.canvas.addEventListener("pointerup", () => { this.drag = null; });
    this.canvas.addEventListener("pointercancel", () => { this.drag = null; });
    this.canvas.addEventListener("pointermove", (event) => this.pointed(event));
    this.canvas.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    this.canvas.addEventListener("dblclick", (event) => {
      const at = this.part(event);
      this.zoom(0.4, at.x, at.y);
    });
    this.canvas.addEventListener("keydown", (event) => this.keyed(event));
  }

  keyed(event) {
    const keys = {
      "+": () => this.zoom(0.7), "=": () => this.zoom(0.7), "-": () => this.zoom(1.4),
      0: () => { this.reset(); this.paint(); },
      ArrowLeft: () => this.move(-0.2, 0), ArrowRight: () => this.move(0.2, 0),
      ArrowUp: () => this.move(0, -0.2), ArrowDown: () => this.move(0, 0.2),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  pointed(event) {
    const at = this.part(event);
    if (this.drag) {
      const dx = this.drag.x - at.x, dy = this.drag.y - at.y;
      this.drag = at;
      this.move(dx, dy);
      return;
    }
    const row = Math.floor(this.view.r0 + (this.view.r1 - this.view.r0) * at.y);
    const inside = at.x >= 0 && at.x <= 1 && at.y >= 0 && at.y <= 1;
    if (!inside || row < 0 || row >= this.rows.count) {
      this.tip.hidden = true;
      return;
    }
    this.tell(row, event);
  }

  tell(row, event) {
    const rows = this.rows;
    const took = rows.done[row] === null ? "never answered"
      : "answered " + span(rows.done[row]) + ", took " + span(rows.done[row] - rows.released[row]);
    const status = rows.status[row] ? ", status " + rows.status[row] : "";
    const rank = rows.rank[row] === null ? "" : ", rank " + rows.rank[row];
    this.tip.textContent = "user " + rows.user[row] + ": " + classNames[rows.cls[row]] + status + rank
      + "\nreleased " + span(rows.released[row]) + "\n" + took;
    this.tip.hidden = false;
    const rect = this.canvas.getBoundingClientRect();
    const x = event.clientX - rect.left, y = event.clientY - rect.top;
    const left = Math.min(x + 14, rect.width - this.tip.offsetWidth - 4);
    const top = y + 14 + this.tip.offsetHeight > rect.height ? y - this.tip.offsetHeight - 10 : y + 14;
    this.tip.style.left = Math.max(0, left) + "px";
    this.tip.style.top = Math.max(0, top) + "px";
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
