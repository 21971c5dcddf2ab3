/* The pictures answer to the pointer: the run under it, and a click opens its report. All of it is in the table of
   the runs, from which it is read. */

/* Of the pictures' own coordinates, as in html_trend.c. */
const WIDE = 1000, MARGIN = 10;

function rowAt(svg, rows, clientX) {
  const box = svg.getBoundingClientRect();
  const share = ((clientX - box.left) / box.width * WIDE - MARGIN) / (WIDE - 2 * MARGIN);
  const run = Math.round(Math.min(1, Math.max(0, share)) * (rows.length - 1));
  return rows[rows.length - 1 - run];
}

function tell(row, figure) {
  const texts = [...row.cells].map((cell) => cell.textContent);
  const failing = texts[2] ? ": " + texts[2] : "";
  return texts[0] + "  " + texts[1] + failing + "\n" + (texts[3 + figure] || "not known");
}

function follow(plot, rows, figure) {
  const svg = plot.querySelector("svg");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  plot.append(tip);
  svg.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    tip.textContent = tell(rowAt(svg, rows, event.clientX), figure);
    tip.hidden = false;
    tip.classList.toggle("left", event.clientX - box.left > box.width / 2);
    const row = rowAt(svg, rows, event.clientX);
    svg.classList.toggle("leads", row.querySelector("a") !== null);
  });
  svg.addEventListener("pointerleave", () => { tip.hidden = true; });
  svg.addEventListener("click", (event) => {
    const link = rowAt(svg, rows, event.clientX).querySelector("a");
    if (link) link.click();
  });
}

stackTables();
for (const section of document.querySelectorAll("section.scenario")) {
  const rows = section.querySelectorAll(".runs tbody tr");
  for (const figure of section.querySelectorAll("figure"))
    follow(figure.querySelector(".plot"), rows, Number(figure.dataset.figure));
}
for (const [name, open] of [["beforeprint", true], ["afterprint", false]])
  addEventListener(name, () => {
    for (const details of document.querySelectorAll("details.runs")) details.open = open && details.querySelectorAll("tr").length < 60;
  });
