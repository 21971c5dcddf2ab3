/* Rows over time on a canvas: zoomed by wheel, buttons or keys, moved by dragging; hovering tells about what is
   under the pointer. Who extends it sets `end` (the latest instant), `high` (how many rows) and `left` (room beside
   them), paints with paintBeside, paintRows and paintOver, and tells with tellAt(row, at), a text. */

const PLOT = { right: 8, top: 8, bottom: 28 };

class Plot {
  constructor(holder) {
    this.holder = holder;
    this.canvas = holder.appendChild(make("canvas"));
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", holder.dataset.label || "");
    this.tip = holder.appendChild(make("div", "tip mono"));
    this.tip.hidden = true;
  }

  /* Once all is set. */
  start() {
    this.reset();
    this.listen();
    new ResizeObserver(() => this.paint()).observe(this.holder);
    painted(() => this.paint());
  }

  reset() {
    this.view = { t0: 0, t1: this.end, r0: 0, r1: Math.max(1, this.high) };
  }

  box() {
    const width = this.holder.clientWidth - this.left - PLOT.right;
    const height = this.holder.clientHeight - PLOT.top - PLOT.bottom;
    return { width: Math.max(1, width), height: Math.max(1, height) };
  }

  x(at) {
    return this.left + (at - this.view.t0) / (this.view.t1 - this.view.t0) * this.box().width;
  }

  y(row) {
    return PLOT.top + (row - this.view.r0) / (this.view.r1 - this.view.r0) * this.box().height;
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
    this.paintTime(ctx);
    this.paintBeside(ctx);
    ctx.save();
    const box = this.box();
    ctx.beginPath();
    ctx.rect(this.left, PLOT.top, box.width, box.height);
    ctx.clip();
    this.paintRows(ctx);
    this.paintOver(ctx);
    ctx.restore();
  }

  paintTime(ctx) {
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
      ctx.moveTo(x, PLOT.top);
      ctx.lineTo(x, PLOT.top + box.height);
      ctx.stroke();
      if (x < this.left + box.width - 16) ctx.fillText(span(at), x, PLOT.top + box.height + 8);
    }
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
    const rows = Math.max(1, this.high);
    const long = Math.min(this.end, Math.max(1, t1 - t0));
    const high = Math.min(rows, Math.max(5, r1 - r0));
    t0 = Math.min(Math.max(0, t0), this.end - long);
    r0 = Math.min(Math.max(0, r0), Math.max(0, rows - high));
    this.view = { t0, t1: t0 + long, r0, r1: r0 + high };
    this.paint();
  }

  /* ---- hands ---- */

  part(event) {
    const rect = this.canvas.getBoundingClientRect(), box = this.box();
    return {
      x: (event.clientX - rect.left - this.left) / box.width,
      y: (event.clientY - rect.top - PLOT.top) / box.height,
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
    const text = inside && row >= 0 && row < this.high
      ? this.tellAt(row, this.view.t0 + (this.view.t1 - this.view.t0) * at.x) : "";
    this.tip.hidden = !text;
    if (text) this.showTip(text, event);
  }

  /* The tip with this text beside the pointer. */
  showTip(text, event) {
    this.tip.textContent = text;
    this.tip.hidden = false;
    const rect = this.canvas.getBoundingClientRect();
    const x = event.clientX - rect.left, y = event.clientY - rect.top;
    const left = Math.min(x + 14, rect.width - this.tip.offsetWidth - 4);
    const top = y + 14 + this.tip.offsetHeight > rect.height ? y - this.tip.offsetHeight - 10 : y + 14;
    this.tip.style.left = Math.max(0, left) + "px";
    this.tip.style.top = Math.max(0, top) + "px";
  }
}
