/* Tables that are wider than a narrow screen: their cells stand below one another, each behind the head of its
   column. Without scripts they scroll. */

function labelCells(table) {
  const heads = [...table.querySelectorAll("thead tr > *")].map((head) => head.textContent);
  for (const row of table.tBodies[0].rows)
    for (const cell of row.cells)
      if (cell.colSpan === 1 && heads[cell.cellIndex]) cell.dataset.label = heads[cell.cellIndex];
}

function stackTables() {
  const tables = [...document.querySelectorAll(".scroll > table")].filter((table) => table.tHead);
  const narrow = matchMedia("(max-width: 44rem)");
  tables.forEach(labelCells);
  const fit = () => {
    for (const table of tables) table.classList.remove("stacked");
    const wide = tables.filter((table) => narrow.matches && table.scrollWidth > table.parentElement.clientWidth);
    for (const table of wide) table.classList.add("stacked");
  };
  addEventListener("resize", fit);
  for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", fit);
  fit();
}
