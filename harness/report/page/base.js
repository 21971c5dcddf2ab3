/* What every part of the page needs: elements, numbers for people, colours of the moment. */

const data = JSON.parse(document.getElementById("data").textContent);
const repaints = [];

function byId(id) {
  return document.getElementById(id);
}

/* An element with text; nothing from the data ever becomes markup. */
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

function fixed(value) {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace(/\.?0+$/, (zeros) =>
    zeros.startsWith(".") ? "" : zeros);
}

/* Microseconds for people. */
function span(us) {
  if (us === null || us === undefined) return "–";
  const size = Math.abs(us);
  if (size < 1000) return fixed(us) + " µs";
  if (size < 1e6) return fixed(us / 1000) + " ms";
  return fixed(us / 1e6) + " s";
}

function count(number) {
  return number.toLocaleString("en-US");
}

/* 1, 2 or 5 times a power of ten, at least the given step. */
function niceStep(step) {
  const power = Math.pow(10, Math.floor(Math.log10(step)));
  for (const factor of [1, 2, 5]) if (factor * power >= step) return factor * power;
  return 10 * power;
}

/* Runs now, and again whenever the colours change (dark mode, print). */
function painted(paint) {
  repaints.push(paint);
  paint();
}

function repaintAll() {
  for (const paint of repaints) paint();
}

/* Paper folds nothing away. */
function unfoldToPrint() {
  const folded = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details.fold:not([open])")) {
      details.open = true;
      folded.push(details);
    }
  });
  addEventListener("afterprint", () => {
    for (const details of folded.splice(0)) details.open = false;
  });
}

function whenColorsChange() {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintAll);
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("printing");
    repaintAll();
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("printing");
    repaintAll();
  });
}
