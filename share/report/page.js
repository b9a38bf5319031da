"use strict";
// The page is made here from the findings of one run or several, which stand in the document as JSON.
(() => {
  const runs = JSON.parse(document.getElementById("runs").textContent);
  const page = document.getElementById("page");
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const nameOf = (run) => (runs.length > 1 ? letters[runs.indexOf(run) % 26] : "");

  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "text") element.textContent = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const drawn = (name, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const number = (value) => {
    if (value === null || value === undefined) return "–";
    if (typeof value !== "number") return String(value);
    if (Number.isInteger(value) && Math.abs(value) < 1e9) return value.toLocaleString("en");
    const size = Math.abs(value);
    return size >= 1e5 || (size < 1e-3 && size > 0) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
  };
  const duration = (seconds) => {
    if (seconds < 10) return `${seconds.toFixed(1)} s`;
    if (seconds < 100) return `${Math.round(seconds)} s`;
    return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  };
  const bytesOf = (text) => Int8Array.from(atob(text), (c) => c.charCodeAt(0));
  const secondsOf = (run) => run.nodes.reduce((sum, node) => sum + (node.seconds || 0), 0);
  const anchor = (path) => "node-" + path.replace(/[^A-Za-z0-9]/g, "_");
  const toldOf = (run) => [
    ...run.given.param.map(([name, value]) => `--param ${name}=${value}`),
    ...run.given.set.map(([name, value]) => `--set ${name}=${value}`),
    ...(run.given.seed === null ? [] : [`--seed ${run.given.seed}`]),
    ...run.given.to.map((name) => `--to ${name}`),
    ...run.given.force.map((name) => `--force ${name}`),
  ].join(" ");

  // Lines differ by their dashes and points as well as by their colours (Okabe, Ito 2008).
  const inks = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7f7f7f"];
  const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
  const points = ["circle", "rect", "triangle", "rectRot", "cross", "star"];
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = [];
  const paint = () => {
    Chart.defaults.color = style("--soft");
    Chart.defaults.borderColor = style("--line");
    Chart.defaults.font.family = "system-ui, 'DejaVu Sans', sans-serif";
    Chart.defaults.animation = false;
    Chart.defaults.maintainAspectRatio = false;
    for (const chart of charts) {
      for (const axis of Object.values(chart.options.scales)) {
        axis.grid.color = style("--line");
        axis.ticks.color = style("--soft");
        axis.title.color = style("--soft");
      }
      chart.options.plugins.legend.labels.color = style("--ink");
      chart.update("none");
    }
  };
  const plot = (kind, data, x, y, legend, says) => {
    const canvas = make("canvas", { role: "img", "aria-label": says });
    const holder = make("div", { class: "plot" }, canvas);
    const axis = (title, extra) => ({ grid: { color: style("--line") }, ticks: { color: style("--soft"), maxTicksLimit: 8 },
      title: { display: !!title, text: title, color: style("--soft") }, ...extra });
    charts.push(new Chart(canvas, { type: kind, data,
      options: { interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: { x: axis(x, kind === "line" ? { type: "linear" } : {}), y: axis(y, {}) },
        plugins: { legend: { display: legend, labels: { color: style("--ink"), usePointStyle: true, boxWidth: 8 } } } } }));
    return holder;
  };
  const series = (label, values, k, extra) => ({ label, data: values, borderColor: inks[k % inks.length],
    backgroundColor: inks[k % inks.length], borderWidth: 2, borderDash: dashes[Math.floor(k / 2) % dashes.length],
    pointStyle: points[k % points.length], pointRadius: values.length > 40 ? 0 : 3, ...extra });

  /// "layer.1.train" of "trial[seed=1].stack.layer.1.train.course".
  const shortened = (path) => path.replace(/^.*\]\./, "").replace(/\.course$/, "").split(".").slice(-3).join(".");

  /// Curves of one column of all tables that have it, runs over each other.
  const learning = (shown) => {
    const groups = new Map();
    let copies = 0;
    for (const run of shown) {
      // Of copies the first stands for all, as in the graph.
      const first = new Set(run.graph.nodes.map((node) => node.path));
      for (const table of run.charts) {
        const node = table.node.replace(/\.[^.]*$/, "");
        if (!first.has(table.node) && !first.has(node)) {
          ++copies;
          continue;
        }
        const gap = table.columns.includes("train") && table.columns.includes("held out");
        table.columns.forEach((column, c) => {
          if (column.startsWith("standard error") || (gap && column !== "train" && column !== "held out")) return;
          const key = gap ? `${table.title}|${table.node}` : `${table.title}|${column}`;
          if (!groups.has(key)) groups.set(key, { title: gap ? table.title : column, unit: table.units[c], x: table.rows_are, lines: [], gap });
          const values = table.rows.map((row) => ({ x: Number(row.label), y: row.values[c] })).filter((at) => at.y !== null && !Number.isNaN(at.x));
          const label = [nameOf(run), shortened(table.node), gap ? column : ""].filter(Boolean).join(" ");
          if (values.length > 1) groups.get(key).lines.push({ label, values });
        });
      }
    }
    const cards = [];
    for (const group of groups.values()) {
      if (group.lines.length === 0) continue;
      const most = 8, lines = group.lines.slice(0, most);
      // What held-out rows lie above training rows is the gap of overfitting.
      const sets = lines.map((line, k) => series(line.label, line.values, k, group.gap && k % 2 === 1 ? { fill: "-1", backgroundColor: inks[k % inks.length] + "33" } : {}));
      cards.push(make("section", { class: "card curve" }, make("h3", { text: group.title + (group.gap ? ": the shaded gap is overfitting" : "") }),
        plot("line", { datasets: sets }, group.x, group.unit, lines.length > 1 || group.gap, `${group.title} by ${group.x}`),
        group.lines.length > most ? make("p", { class: "where", text: `the first ${most} of ${group.lines.length}` })
          : lines.length === 1 ? make("div", { class: "where", text: lines[0].label }) : null));
    }
    if (copies) cards.push(make("p", { class: "where wide", text: `${copies} more curves are of copies, of which the first is shown.` }));
    return cards;
  };

  const isConfusion = (name, table) => table.columns.length > 1 && table.columns.length === table.rows.length &&
    (name.endsWith("confusion") || /confusion/.test(table.title));
  const tableOf = (name, table) => {
    const confusion = isConfusion(name, table);
    const verdicts = table.rows.some((row) => row.verdict);
    const labelled = table.rows_are !== "";
    const highest = confusion ? Math.max(...table.rows.map((row) => Math.max(...row.values))) : 1;
    const head = make("tr", {}, ...(labelled ? [make("th", { text: table.rows_are, scope: "col" })] : []),
      ...table.columns.map((column, c) => make("th", { scope: "col", text: column + (table.units[c] ? ` (${table.units[c]})` : "") })),
      ...(verdicts ? [make("th", { class: "words", text: "verdict" })] : []));
    const body = table.rows.map((row, r) => make("tr", {}, ...(labelled ? [make("td", { text: row.label })] : []),
      ...row.values.map((value, c) => {
        const cell = make("td", { text: number(value), class: confusion && r === c ? "right" : null });
        if (confusion && value > 0) cell.style.backgroundColor = `rgba(${style("--heat")}, ${0.08 + (0.6 * Math.log1p(value)) / Math.log1p(highest)})`;
        return cell;
      }),
      ...(verdicts ? [make("td", { class: "words" + (/^not/.test(row.verdict || "") ? " doubt" : ""), text: (/^not/.test(row.verdict || "") ? "⚠ " : row.verdict ? "✓ " : "") + (row.verdict || "") })] : [])));
    return make("section", { class: "card wide" }, make("div", { class: "scroll" },
      make("table", { class: confusion ? "heat" : "" }, make("caption", { text: `${name}: ${table.title}` }), make("thead", {}, head), make("tbody", {}, ...body))));
  };

  /// Weights by epoch: the same units at every place of the slider.
  const tilesOf = (set) => {
    const size = set.rows * set.columns, across = Math.ceil(Math.sqrt(set.units.length * 1.6)), down = Math.ceil(set.units.length / across);
    const zoom = Math.max(1, Math.floor(640 / (across * (set.columns + 1))));
    const canvas = make("canvas", { role: "img", "aria-label": `weights of ${set.units.length} hidden units of ${set.node}`,
      width: across * (set.columns + 1) * zoom, height: down * (set.rows + 1) * zoom });
    const taken = set.taken.map((one) => ({ epoch: one.epoch, values: bytesOf(one.tiles) }));
    const told = make("output", {});
    const show = (index) => {
      const context = canvas.getContext("2d");
      context.fillStyle = "#ffffff";
      context.fillRect(0, 0, canvas.width, canvas.height);
      const values = taken[index].values;
      set.units.forEach((_, u) => {
        const left = (u % across) * (set.columns + 1) * zoom, top = Math.floor(u / across) * (set.rows + 1) * zoom;
        for (let y = 0; y < set.rows; ++y)
          for (let x = 0; x < set.columns; ++x) {
            // Of several channels their mean.
            let value = 0;
            for (let c = 0; c < set.channels; ++c) value += values[(u * set.channels + c) * size + y * set.columns + x] / (127 * set.channels);
            const fade = Math.round(255 * (1 - Math.min(1, Math.abs(value))));
            context.fillStyle = value < 0 ? `rgb(${fade},${Math.round(90 + (165 * fade) / 255)},${Math.round(178 + (77 * fade) / 255)})`
              : `rgb(${Math.round(213 + (42 * fade) / 255)},${Math.round(94 + (161 * fade) / 255)},${fade})`;
            context.fillRect(left + x * zoom, top + y * zoom, zoom, zoom);
          }
      });
      told.textContent = `epoch ${taken[index].epoch}`;
    };
    const last = taken.length - 1;
    const slider = make("input", { type: "range", min: 0, max: last, value: last, "aria-label": `epoch of the weights of ${set.node}`,
      oninput: (event) => show(Number(event.target.value)) });
    show(last);
    return make("section", { class: "card tiles" }, make("h3", { text: set.node }), canvas,
      make("div", { class: "slider" }, slider, told),
      make("div", { class: "where", text: `weights into ${set.units.length} of ${number(set.of)} hidden units; blue is negative, orange positive, full colour ${number(set.scale)}` }));
  };

  /// Rows of data above, what the model makes of them below.
  const reconstructionsOf = (set) => {
    const zoom = Math.max(1, Math.floor(640 / (set.count * (set.columns + 1)))), size = set.rows * set.columns;
    const canvas = make("canvas", { role: "img", "aria-label": `${set.count} rows of data and their reconstructions by ${set.node}`,
      width: set.count * (set.columns + 1) * zoom, height: 2 * (set.rows + 1) * zoom });
    const context = canvas.getContext("2d"), values = new Uint8Array(bytesOf(set.tiles).buffer);
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < 2 * set.count; ++i)
      for (let p = 0; p < size; ++p) {
        const grey = 255 - values[i * size + p], x = p % set.columns, y = Math.floor(p / set.columns);
        context.fillStyle = `rgb(${grey},${grey},${grey})`;
        context.fillRect(((i % set.count) * (set.columns + 1) + x) * zoom, (Math.floor(i / set.count) * (set.rows + 1) + y) * zoom, zoom, zoom);
      }
    return make("section", { class: "card tiles" }, make("h3", { text: set.node }), canvas,
      make("div", { class: "where", text: "rows of the data it learned from; below, up and down again by means" }));
  };

  const histogramOf = (one) => {
    const width = (one.to - one.from) / one.counts.length;
    const labels = one.counts.map((_, i) => number(Number((one.from + (i + 0.5) * width).toPrecision(3))));
    return make("section", { class: "card histogram" }, make("h3", { text: one.of }),
      plot("bar", { labels, datasets: [{ label: one.of, data: one.counts, backgroundColor: inks[0], barPercentage: 1, categoryPercentage: 1 }] }, "", "count", false, `histogram: ${one.of} of ${one.node}`),
      make("div", { class: "where", text: one.node }));
  };

  /// Layer by layer from sources to results; nodes of a layer in the order of what feeds them.
  const graphOf = (run) => {
    const { nodes, edges } = run.graph;
    const depth = nodes.map(() => 0);
    edges.forEach(([from, to]) => { depth[to] = Math.max(depth[to], depth[from] + 1); });
    const layers = [];
    nodes.forEach((_, n) => { (layers[depth[n]] = layers[depth[n]] || []).push(n); });
    const row = nodes.map(() => 0);
    for (const layer of layers) {
      const wish = (n) => {
        const above = edges.filter(([, to]) => to === n).map(([from]) => row[from]);
        return above.length ? above.reduce((a, b) => a + b, 0) / above.length : 0;
      };
      layer.sort((a, b) => wish(a) - wish(b)).forEach((n, i) => { row[n] = i; });
    }
    const w = 168, h = 46, gapX = 16, gapY = 44;
    const widest = Math.max(...layers.map((layer) => layer.length));
    const x = (n) => 8 + (row[n] + (widest - layers[depth[n]].length) / 2) * (w + gapX);
    const y = (n) => 8 + depth[n] * (h + gapY);
    const svg = drawn("svg", { width: widest * (w + gapX), height: layers.length * (h + gapY) - gapY + 16, role: "img", "aria-label": `graph of ${run.name}` });
    for (const [from, to, size] of edges) {
      const x0 = x(from) + w / 2, y0 = y(from) + h, x1 = x(to) + w / 2, y1 = y(to), bend = Math.max(20, (y1 - y0) / 2);
      svg.append(drawn("path", { d: `M${x0},${y0} C${x0},${y0 + bend} ${x1},${y1 - bend} ${x1},${y1}` }, drawn("title", {}, size || nodes[from].path)));
    }
    const signs = { run: "▶", stored: "▣", view: "◇", failed: "✕" };
    const short = (text, most) => (text.length > most ? text.slice(0, most / 2 - 1) + "…" + text.slice(-most / 2) : text);
    nodes.forEach((node, n) => {
      const state = { run: "run", stored: "stored", view: "view", failed: "failed" }[node.how] || "idle";
      const link = drawn("a", { href: "#" + anchor(node.path), class: state },
        drawn("rect", { x: x(n), y: y(n), width: w, height: h, rx: 8 }),
        drawn("title", {}, `${node.path}: ${node.type}, ${node.how}${node.how === "run" ? ` in ${duration(node.seconds)}` : ""}`));
      const label = drawn("text", { x: x(n) + 10, y: y(n) + 19 }, short(node.path, 24));
      const type = drawn("text", { x: x(n) + 10, y: y(n) + 36, class: "type" },
        `${signs[node.how] || "·"} ${short(node.type, node.how === "run" ? 16 : 22)}${node.how === "run" ? " " + duration(node.seconds) : ""}${node.more ? ` +${node.more}` : ""}`);
      link.append(label, type);
      svg.append(link);
    });
    return make("div", {}, make("p", { text: "▶ computed in this run (thick line), ▣ from the store, ◇ a view, computed whenever it is looked at (dashed). +3: three more copies like it." }),
      make("div", { class: "card graph scroll" }, svg));
  };

  const keyed = (rows) => make("table", {}, make("tbody", {}, ...rows.map(([name, value, strong]) =>
    make("tr", {}, make("td", { class: strong ? "given" : "", text: name }), make("td", { class: "words mono", text: typeof value === "object" && value !== null ? JSON.stringify(value) : String(value) })))));

  const nodesOf = (run) => run.nodes.map((node) => make("details", { id: anchor(node.path) },
    make("summary", {}, make("span", { class: "mono", text: node.path }), make("span", { class: "where", text: node.type }),
      make("span", { class: "where", text: node.how === "run" ? `computed in ${duration(node.seconds)}` : node.how })),
    make("div", { class: "inside" }, make("p", { text: node.says || "" }),
      Object.keys(node.with).length ? make("div", { class: "scroll" }, keyed(Object.entries(node.with).map(([name, value]) => [name, value, (node.given || []).includes(name)]))) : null,
      node.metrics ? make("div", {}, make("p", { class: "where", text: "last figures" }), keyed(Object.entries(node.metrics).map(([name, value]) => [name, number(value)]))) : null,
      node.certificate ? make("p", { text: `log Z = ${number(node.certificate.log_z)} ± ${number(node.certificate.standard_error)}: ${node.certificate.verdict}` }) : null,
      make("p", { class: "where mono", text: `key ${node.key}` + Object.entries(node.inputs).map(([port, all]) => `; ${port} ← ${all.map((one) => one[0]).join(", ")}`).join("") }))));

  const provenance = (run) => [
    keyed([["pipeline", run.pipeline], ["told", toldOf(run) || "nothing"], ["began", run.time], ["harmonium", run.harmonium],
      ...Object.entries(run.hardware || {}), ["threads", run.threads], ...(run.blas ? [["BLAS kernels", run.blas], ["SIMD", run.simd]] : []), ["store", run.store],
      ...Object.entries(run.files || {}).map(([name, hash]) => [`content of ${name}`, hash]),
      ...Object.entries(run.builds || {}).map(([name, hash]) => [`build of ${name}`, hash])]),
    make("details", {}, make("summary", { text: "The pipeline file as it was" }), make("pre", { text: run.text }))];

  const sections = [];
  const section = (title, ...children) => {
    const id = title.toLowerCase().replace(/[^a-z]+/g, "-");
    sections.push([id, title]);
    return make("section", { id, "data-section": title }, make("h2", { text: title }), ...children);
  };
  const grid = (children) => make("div", { class: "grid" }, ...children);

  const everything = (run) => {
    const parts = [];
    const tables = Object.entries(run.tables);
    const mixing = tables.filter(([, table]) => table.columns.some((column) => /R-hat|autocorrelation/.test(column)));
    const results = tables.filter((one) => !mixing.includes(one));
    if (run.notes.length) parts.push(section("Worth knowing", ...run.notes.map((note) => make("div", { class: "note" }, make("span", { class: "mono", text: note.node + " " }), note.text))));
    if (results.length) {
      const most = 12;
      const cards = results.map(([name, table]) => tableOf(name, table));
      parts.push(section("Results", grid(cards.slice(0, most)), cards.length > most
        ? make("details", {}, make("summary", { text: `${cards.length - most} more tables` }), grid(cards.slice(most))) : null));
    }
    if (mixing.length) parts.push(section("Mixing", make("p", { text: "Chains agree where R-hat is near 1; above 1.1 they have not met." }), grid(mixing.map(([name, table]) => tableOf(name, table)))));
    parts.push(section("Graph", graphOf(run)));
    const curves = runs.length > 1 ? [] : learning([run]);
    if (curves.length) parts.push(section("Learning", grid(curves)));
    if (run.tiles.length) parts.push(section("Weights as they were learned", grid(run.tiles.map(tilesOf))));
    if (run.reconstructions.length) parts.push(section("Reconstructions", grid(run.reconstructions.map(reconstructionsOf))));
    if (run.pictures.length) parts.push(section("Pictures", make("div", { class: "grid pictures" }, ...run.pictures.map((picture) => make("figure", { class: "card" },
      make("img", { class: "picture", alt: picture.node, src: "data:image/png;base64," + picture.png }), make("figcaption", { class: "where", text: picture.node }))))));
    if (run.histograms.length) parts.push(section("Distributions", grid(run.histograms.map(histogramOf))));
    parts.push(section("Nodes", make("p", { text: "Every parameter; those in bold are not the default." }), ...nodesOf(run)));
    parts.push(section("Where it comes from", ...provenance(run)));
    return parts;
  };

  /// Parameters and results that are not the same in all runs, a column for each.
  const comparison = () => {
    const rows = [];
    const paths = [...new Set(runs.flatMap((run) => run.nodes.map((node) => node.path)))];
    for (const path of paths) {
      const found = runs.map((run) => run.nodes.find((node) => node.path === path));
      const names = [...new Set(found.flatMap((node) => (node ? Object.keys(node.with) : [])))];
      for (const name of names) {
        const values = found.map((node) => (node ? JSON.stringify(node.with[name]) : "no such node"));
        if (new Set(values).size > 1) rows.push([`${path}.${name}`, ...values]);
      }
    }
    const results = [];
    const tables = [...new Set(runs.flatMap((run) => Object.keys(run.tables)))];
    for (const name of tables) {
      const places = new Map();
      runs.forEach((run, r) => (run.tables[name] ? run.tables[name].rows : []).forEach((row) => row.values.forEach((value, c) => {
        const key = [name, row.label, run.tables[name].columns[c]].filter(Boolean).join(" · ");
        if (!places.has(key)) places.set(key, runs.map(() => null));
        places.get(key)[r] = value;
      })));
      for (const [key, values] of places) if (places.size <= 60) results.push([key, ...values.map(number)]);
    }
    const table = (title, all) => make("section", { class: "card wide" }, make("div", { class: "scroll" }, make("table", {}, make("caption", { text: title }),
      make("thead", {}, make("tr", {}, make("th", { text: "" }), ...runs.map((run) => make("th", { text: nameOf(run) })))),
      make("tbody", {}, ...all.map((row) => make("tr", {}, ...row.map((cell) => make("td", { class: "words", text: cell }))))))));
    return [section("What differs", rows.length ? grid([table("Parameters", rows)]) : make("p", { text: "No parameter differs." })),
      results.length ? section("Results side by side", grid([table("", results)])) : null, ...(() => {
        const curves = learning(runs);
        return curves.length ? [section("Learning", grid(curves))] : [];
      })()].filter(Boolean);
  };

  const facts = (run) => make("div", { class: "facts" }, make("span", { class: "badge " + run.status, text: run.status }), make("span", { text: run.time.replace("T", " ").replace("Z", " UTC") }),
    make("span", { text: `${duration(secondsOf(run))} of work` }),
    make("span", { text: `${run.nodes.filter((node) => node.how === "run").length} nodes computed, ${run.nodes.filter((node) => node.how === "stored").length} from the store` }),
    toldOf(run) ? make("span", { class: "mono", text: toldOf(run) }) : null);

  Chart.defaults.animation = false;
  paint();
  const head = make("header", {}, make("h1", { text: [...new Set(runs.map((run) => run.name))].join(", ") }));
  for (const run of runs) head.append(make("div", {}, runs.length > 1 ? make("strong", { text: nameOf(run) + " " }) : null, make("span", { class: "where mono", text: run.folder }), facts(run),
    run.error ? make("div", { class: "note", text: run.error }) : null));
  const body = make("div", {});
  const nav = make("nav", { "aria-label": "sections" });
  const open = (run) => {
    charts.splice(0).forEach((chart) => chart.destroy());
    sections.length = 0;
    const shared = runs.length > 1 ? comparison() : [];
    const chooser = runs.length > 1 ? make("p", { style: "margin-top:40px" }, "Details of ", ...runs.map((one) =>
      make("button", { "aria-pressed": String(one === run), onclick: () => open(one), text: nameOf(one) }))) : null;
    body.replaceChildren(...shared, ...(chooser ? [chooser] : []), ...everything(run));
    nav.replaceChildren(...sections.map(([id, title]) => make("a", { href: "#" + id, text: title })));
    paint();
  };
  page.append(head, nav, body);
  open(runs[0]);
  const follow = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") target.open = true;
    if (target) target.scrollIntoView();
  };
  window.addEventListener("hashchange", follow);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  follow();
})();
