/* A plugin for Chart.js: horizontal and vertical lines with a label, and bands behind the data. */

const marks = {
  id: "marks",

  beforeDatasetsDraw(chart, _args, options) {
    const { ctx, chartArea: area, scales } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    for (const band of options.bands || []) {
      const left = scales.x.getPixelForValue(band.from);
      const right = scales.x.getPixelForValue(band.to);
      ctx.fillStyle = band.shade;
      ctx.fillRect(left, area.top, right - left, area.height);
    }
    ctx.restore();
  },

  afterDatasetsDraw(chart, _args, options) {
    const { ctx, chartArea: area, scales } = chart;
    ctx.save();
    ctx.lineWidth = 1.25;
    for (const band of options.bands || []) nameBand(ctx, area, scales.x, band);
    for (const line of options.across || []) {
      const y = scales.y.getPixelForValue(line.at);
      if (y < area.top || y > area.bottom) continue;
      stroke(ctx, area.left, y, area.right, y, line.color);
      label(ctx, line.label, area.left + 6, y + 14, line.color, "left");
    }
    const taken = [];
    for (const line of options.down || []) {
      const x = scales.x.getPixelForValue(line.at);
      if (x < area.left - 1 || x > area.right + 1) continue;
      stroke(ctx, x, area.top, x, area.bottom, line.color);
      place(ctx, area, taken, line, x);
    }
    ctx.restore();
  },
};

function stroke(ctx, x1, y1, x2, y2, style) {
  ctx.strokeStyle = style;
  ctx.setLineDash([5, 4]);
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
  ctx.setLineDash([]);
}

function label(ctx, text, x, y, style, align) {
  ctx.font = "12px " + color("sans");
  ctx.textAlign = align;
  ctx.textBaseline = "alphabetic";
  ctx.lineWidth = 3;
  ctx.strokeStyle = color("surface");
  ctx.strokeText(text, x, y);
  ctx.fillStyle = style;
  ctx.fillText(text, x, y);
  ctx.lineWidth = 1.25;
}

/* A band's name stands above it, in its middle, where it fits. */
function nameBand(ctx, area, scale, band) {
  const left = Math.max(area.left, scale.getPixelForValue(band.from));
  const right = Math.min(area.right, scale.getPixelForValue(band.to));
  ctx.font = "12px " + color("sans");
  if (band.label && ctx.measureText(band.label).width < right - left - 4)
    label(ctx, band.label, (left + right) / 2, area.top - 6, color(band.ink || "muted"), "center");
}

/* Labels of lines that stand close go below one another. */
function place(ctx, area, taken, line, x) {
  ctx.font = "12px " + color("sans");
  const width = ctx.measureText(line.label).width + 8;
  const leftward = x + width > area.right;
  const left = leftward ? x - width : x;
  let row = 0;
  while (taken.some((t) => t.row === row && left < t.right && left + width > t.left)) row++;
  taken.push({ row, left, right: left + width });
  label(ctx, line.label, leftward ? x - 5 : x + 5, area.top + 14 + row * 16, line.color,
    leftward ? "right" : "left");
}
