/* Ties the parts together. The page is complete without scripts: verdict, checks and users are HTML; what
   follows adds the charts and lets a named user be found in the raster. */

function findUsers(plot) {
  for (const row of document.querySelectorAll("tr[data-user]")) {
    row.tabIndex = 0;
    row.title = "show this user in the burst";
    const find = () => {
      for (const other of document.querySelectorAll("tr.chosen")) other.classList.remove("chosen");
      row.classList.add("chosen");
      if (plot.choose([row.dataset.user, row.dataset.other])) byId("burst").scrollIntoView({ block: "center" });
    };
    row.addEventListener("click", find);
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter") find();
    });
  }
}

document.documentElement.classList.add("scripted");
whenColorsChange();
unfoldToPrint();
stackTables();
Chart.defaults.font.family = color("sans");
drain(data.runs);
latency(data.runs);
if (data.runs.length === 1) {
  spread(data.runs[0]);
  lanes(data.runs[0]);
  const plot = raster(data.runs[0]);
  if (plot) findUsers(plot);
}
