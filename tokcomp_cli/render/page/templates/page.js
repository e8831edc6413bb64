"use strict";
// Draws the keep-map of any merged frame at any budget from the numbers in the page; nothing is fetched.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const number = (value) => value.toLocaleString("en-US");
  const plural = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
  // Rounded down: 0.8996 has not reached 90%.
  const share = (value) => (value === null ? "not measured" : `${(Math.floor((value + 5e-7) * 1000) / 10).toFixed(1)}%`.replace("-", "−"));
  const seconds = (value) => `${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} s`;

  // Runs of number, length; a negative length counts up.
  const expanded = (runs) => {
    const found = [];
    for (let i = 0; i < runs.length; i += 2)
      for (let n = 0; n < Math.abs(runs[i + 1]); n++) found.push(runs[i] + (runs[i + 1] < 0 ? n : 0));
    return found;
  };

  // Which token each patch has once a tree is cut to so many tokens: merges come cheapest first.
  const cut = (start, tree, tokens) => {
    const count = tree.merges.length / 2 + 1;
    const parent = new Int32Array(count).map((_, i) => i);
    for (let m = 0; m < count - tokens; m++) parent[tree.merges[2 * m + 1]] = tree.merges[2 * m];
    const root = (token) => {
      while (parent[token] !== token) token = parent[token] = parent[parent[token]];
      return token;
    };
    return start.map((token) => (token < 0 ? -1 : root(token)));
  };

  const cells = (places, columns, wide, tall) => {
    let path = "";
    for (let i = 0; i < places.length; ) {
      let end = i + 1;
      while (end < places.length && places[end] === places[end - 1] + 1 && places[end] % columns) end++;
      const x = (places[i] % columns) * wide, y = Math.floor(places[i] / columns) * tall;
      path += `M${x.toFixed(2)} ${y.toFixed(2)}h${((end - i) * wide).toFixed(2)}v${tall.toFixed(2)}h${((i - end) * wide).toFixed(2)}z`;
      i = end;
    }
    return path;
  };

  const outlines = (owner, rows, columns, wide, tall) => {
    let path = "";
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        if (column + 1 < columns && owner[at] !== owner[at + 1])
          path += `M${((column + 1) * wide).toFixed(2)} ${(row * tall).toFixed(2)}v${tall.toFixed(2)}`;
        if (row + 1 < rows && owner[at] !== owner[at + columns])
          path += `M${(column * wide).toFixed(2)} ${((row + 1) * tall).toFixed(2)}h${wide.toFixed(2)}`;
      }
    return path;
  };

  const explorer = () => {
    const map = byId("keepmap"), line = byId("timeline"), slider = byId("budget"), sheet = byId("sheet");
    const entryOf = (row, at) => ({ seconds: [row[0], row[1]], files: [row[2], row[3]], frames: row[4], tokens: row[5], similarity: row[6], ...view.maps[at] });
    let view = data.views[0], budgets = null, chosen = data.first, at = null;
    const way = (one) => ["in force", "recommended"][data.views.indexOf(one)];
    byId("controls").hidden = false;

    const ownerOf = (entry) => {
      if (at === null || !budgets || at === budgets.now || entry.start === undefined) return expanded(entry.map);
      const tree = view.trees[entry.tree];
      return cut(expanded(entry.start), tree, tree.tokens[at]);
    };

    const draw = () => {
      const entry = entryOf(view.entries[chosen], chosen);
      if (!map) return;
      const box = map.viewBox.baseVal, [rows, columns] = data.grid;
      const wide = box.width / columns, tall = box.height / rows;
      const owner = entry.map ? ownerOf(entry) : null;
      const put = (name, path) => map.querySelector(name).setAttribute("d", path);
      put(".pruned", owner ? cells(owner.flatMap((token, i) => (token < 0 ? [i] : [])), columns, wide, tall) : "");
      const borders = owner ? outlines(owner, rows, columns, wide, tall) : "";
      put(".casing", borders);
      put(".outline", borders);
      const lost = map.querySelector(".lost");
      lost.replaceChildren();
      const inForce = at === null || !budgets || at === budgets.now;
      for (let level = 1; entry.lost && inForce && level < data.levels; level++) {
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("class", `l${level}`);
        const places = [...entry.lost].flatMap((one, i) => (+one === level ? [i] : []));
        path.setAttribute("d", cells(places, columns, wide, tall));
        lost.append(path);
      }
      const tokens = owner ? new Set(owner.filter((token) => token >= 0)).size : entry.tokens;
      const where = data.kind === "image" ? "the picture" : `merged frame ${chosen + 1}`;
      map.setAttribute("aria-label", `Keep-map of ${where}: ${plural(tokens, "token")} outlined`);
      const shown = document.querySelector('[data-fact="tokens"]');
      shown.textContent = `${number(tokens)} of ${number(rows * columns)} patches` + (owner ? "" : "; its keep-map is left out of this page, --json --maps holds all");
    };

    const told = () => {
      if (!budgets || at === null) return;
      const total = budgets.tokens[at], kept = budgets.explained[at];
      const words = `${plural(total, "token")} keep${total === 1 ? "s" : ""} ${share(kept)} of the content` + (at === budgets.now ? `, ${way(view)}` : `; loss is measured for the budget ${way(view)} only`);
      byId("budgetwords").textContent = words;
      slider.setAttribute("aria-valuetext", words);
      const cursor = byId("cursor"), marks = data.curve;
      if (cursor && marks) {
        const x = marks.last > marks.first ? Math.log(total / marks.first) / Math.log(marks.last / marks.first) : 0.5;
        const y = 1 - Math.min(Math.max((kept - marks.low) / (1 - marks.low), 0), 1);
        cursor.setAttribute("x", `${100 * Math.min(Math.max(x, 0), 1)}%`);
        cursor.setAttribute("y", `${100 * y}%`);
        cursor.setAttribute("visibility", "visible");
      }
    };

    const choose = (next) => {
      chosen = Math.min(Math.max(next, 0), view.entries.length - 1);
      const entry = entryOf(view.entries[chosen], chosen), fact = (name) => document.querySelector(`[data-fact="${name}"]`);
      if (line) {
        byId("entry").textContent = `Merged frame ${chosen + 1} of ${number(view.entries.length)}`;
        fact("time").textContent = `${seconds(entry.seconds[0])} – ${seconds(entry.seconds[1])}`;
        fact("weight").textContent = `${plural(entry.frames, "sampled frame")} (file ${entry.files[0]}–${entry.files[1]})`;
        fact("similarity").textContent = entry.similarity === null ? "–" : entry.similarity.toFixed(3);
        const start = view.starts[chosen], end = chosen + 1 < view.starts.length ? view.starts[chosen + 1] : 1;
        byId("here").setAttribute("x", `${100 * start}%`);
        byId("here").setAttribute("width", `${100 * (end - start)}%`);
        line.setAttribute("aria-valuenow", chosen + 1);
        line.setAttribute("aria-valuetext", `merged frame ${chosen + 1}, ${seconds(entry.seconds[0])}, ${plural(entry.tokens, "token")}`);
        for (const button of document.querySelectorAll("#sheet button")) {
          if (+button.dataset.frame === entry.files[0]) button.setAttribute("aria-current", "true");
          else button.removeAttribute("aria-current");
        }
        const picture = map && map.querySelector(".seen");
        const own = document.querySelector(`#sheet [data-frame="${entry.files[0]}"] img`);
        if (picture) {
          picture.setAttribute("visibility", own ? "visible" : "hidden");
          if (own) picture.setAttribute("href", own.src);
        }
      }
      draw();
    };

    const offered = () => {
      budgets = view.budgets;
      at = budgets ? budgets.now ?? budgets.tokens.length - 1 : null;
      if (!slider) return;
      byId("budgets").hidden = !budgets;
      if (!budgets) return byId("cursor")?.setAttribute("visibility", "hidden");
      slider.max = budgets.tokens.length - 1;
      slider.value = at;
      told();
    };

    // Another way to merge has a timeline of its own; the moment that is looked at stays.
    const turned = (next) => {
      const now = view.entries[chosen][0];
      view = next;
      offered();
      for (const one of document.querySelectorAll("[data-view]")) one.toggleAttribute("hidden", data.views[one.dataset.view] !== view);
      byId("merged").textContent = view.merged;
      const ends = [...view.starts.slice(1), 1];
      for (const [rest, name] of ["odd", "even"].entries())
        line.querySelector(`.${name}`).setAttribute("d", view.starts.map((start, i) => (i % 2 === rest ? `M${1000 * start} 0V100H${1000 * ends[i]}V0z` : "")).join(""));
      line.setAttribute("aria-valuemax", view.entries.length);
      const of = new Map(view.entries.map((row) => [row[2], row]));
      for (const button of document.querySelectorAll("#sheet button")) {
        const row = of.get(+button.dataset.frame);
        button.parentNode.hidden = !row;
        if (row) button.querySelector("span").textContent = `${row[0].toFixed(2)} s · ${plural(row[5], "token")}`;
      }
      choose(view.entries.findLastIndex((row) => row[0] <= now));
    };

    if (line) {
      for (const [name, value] of [["role", "slider"], ["tabindex", "0"], ["aria-label", "Merged frame"], ["aria-valuemin", "1"], ["aria-valuemax", String(view.entries.length)]]) line.setAttribute(name, value);
      line.addEventListener("click", (event) => {
        const box = line.getBoundingClientRect(), place = (event.clientX - box.left) / box.width;
        let low = 0, high = view.starts.length;
        while (high - low > 1) {
          const middle = (low + high) >> 1;
          if (view.starts[middle] <= place) low = middle; else high = middle;
        }
        choose(low);
        line.focus();
      });
      line.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        choose(chosen + step);
      });
      byId("controls").addEventListener("click", (event) => {
        const step = event.target.dataset.step;
        if (step) choose(chosen + +step);
      });
      if (sheet) sheet.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (button) choose(view.entries.findIndex((row) => row[2] === +button.dataset.frame));
      });
    }
    for (const box of document.querySelectorAll("[data-layer]"))
      box.addEventListener("change", () => map.classList.toggle(`no-${box.dataset.layer}`, !box.checked));
    if (slider) slider.addEventListener("input", () => { at = +slider.value; told(); draw(); });
    if (byId("views")) {
      byId("views").hidden = false;
      byId("views").addEventListener("change", (event) => turned(data.views[event.target.value]));
    }
    offered();
    choose(chosen);
  };

  // Numbers sort as numbers; what was not measured comes last, whichever way.
  const sorting = (table) => {
    const body = table.tBodies[0], rows = [...body.rows];
    const value = (text) => {
      const plain = text.trim().replaceAll(",", "").replace("−", "-").replace("%", "");
      const found = parseFloat(plain);
      return Number.isNaN(found) ? null : found;
    };
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const numeric = head.classList.contains("n");
      const keys = new Map(rows.map((row) => {
        const text = row.cells[column].textContent;
        return [row, numeric ? value(text) : text.trim().toLowerCase()];
      }));
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending" || (numeric && !head.hasAttribute("aria-sort"));
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const compare = (a, b) => (numeric ? a - b : a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1);
        rows.sort((one, other) => {
          const a = keys.get(one), b = keys.get(other);
          if (a === null || b === null) return (a === null) - (b === null);
          return compare(a, b);
        });
        for (const row of rows) row.hidden = true;
        body.append(...rows);
        for (const row of rows) row.hidden = false;
        table.dispatchEvent(new Event("sorted"));
      });
    });
  };

  // Long tables show their first rows, in the order they are sorted: laying out thousands takes seconds.
  const MOST_ROWS = 400;
  const filtering = (table) => {
    const field = byId("filter"), all = byId("showall"), body = table.tBodies[0];
    const texts = new Map([...body.rows].map((row) => [row, `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase()]));
    let most = MOST_ROWS;
    const show = () => {
      const wanted = field.value.trim().toLowerCase();
      let found = 0;
      for (const row of body.rows) row.hidden = !texts.get(row).includes(wanted) || ++found > most;
      all.hidden = found <= most;
      byId("filtered").textContent = wanted || found > most ? `${number(Math.min(found, most))} of ${number(texts.size)}` : "";
    };
    byId("filtering").hidden = false;
    field.addEventListener("input", show);
    table.addEventListener("sorted", show);
    all.addEventListener("click", () => { most = Infinity; show(); });
    show();
  };

  // The section of a file: its verdict is there or comes from the data, the rest is built when it is looked at.
  const sections = (files) => {
    const table = byId("table"), links = new Map([...table.tBodies[0].rows].map((row) => [row.cells[0].firstElementChild.hash, row]));
    const element = (name, text, kind) => {
      const made = document.createElement(name);
      if (text !== undefined) made.textContent = text;
      if (kind) made.className = kind;
      return made;
    };
    const drawn = (name, attributes, kind) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      if (kind) made.setAttribute("class", kind);
      return made;
    };

    const stagesOf = (original, stages) => {
      const made = element("table", undefined, "steps"), body = made.createTBody();
      for (const [name, method, tokens, kept] of [["input", "", original, null], ...stages]) {
        const row = body.insertRow(), bar = drawn("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, "bar");
        const head = element("th", name);
        head.scope = "row";
        row.append(head);
        row.insertCell().textContent = method;
        bar.append(drawn("rect", { width: 100, height: 10 }, "track"), drawn("rect", { width: Math.max(100 * tokens / original, 0.4), height: 10 }, "fill"));
        const cell = row.insertCell();
        cell.className = "barcell";
        cell.append(bar);
        row.insertCell().textContent = plural(tokens, "token");
        row.insertCell().textContent = name === "input" ? "" : `${share(kept)} kept`;
        for (const one of [...row.cells].slice(3)) one.className = "n";
      }
      return made;
    };

    const curveOf = (points) => {
      const [first, last] = [points[0][0], points[points.length - 1][0]], low = Math.max(Math.min(0, ...points.map((one) => one[1])), -0.2);
      const x = (tokens) => 300 * Math.log(tokens / first) / Math.log(last / first), y = (kept) => 90 * (1 - Math.max(kept - low, 0) / (1 - low)) + 5;
      const path = points.map(([tokens, kept], i) => `${i ? "L" : "M"}${x(tokens).toFixed(1)} ${y(kept).toFixed(1)}`).join("");
      const figure = element("figure", undefined, "chart"), words = `Content kept, from ${share(points[0][1])} with ${plural(first, "token")} to ${share(points[points.length - 1][1])} with ${number(last)}`;
      const svg = drawn("svg", { viewBox: "0 0 300 100", preserveAspectRatio: "none", height: 100, role: "img", "aria-label": words });
      svg.append(drawn("path", { d: `M0 ${y(0.9).toFixed(1)}H300` }, "target"), drawn("path", { d: path }, "line"));
      figure.append(svg, element("figcaption", `${words}; dashed: 90%`));
      return figure;
    };

    const fill = (article, at) => {
      const [, media, original, stages, band, curve, place] = files[at];
      article.dataset.full = "";
      if (!stages) return;
      const facts = [media, band && `difficulty: ${band}`, place && `weakest: ${place}`].filter(Boolean);
      article.append(element("p", facts.join(" · "), "gloss"));
      const pair = element("div", undefined, "pair");
      if (original && stages.length) pair.append(stagesOf(original, stages));
      if (curve.length > 1) pair.append(curveOf(curve));
      article.append(pair);
    };

    const made = (at) => {
      const row = links.get(`#f${at}`), article = element("article"), words = element("p", `${files[at][0]} `);
      article.id = `f${at}`;
      const name = element("h3");
      name.append(row.cells[0].querySelector("bdi").cloneNode(true));
      const back = element("a", "↑ table", "quiet");
      back.href = "#files";
      words.append(back);
      article.append(name, words);
      byId("articles").prepend(article);
      return article;
    };

    const open = () => {
      const found = /^#f(\d+)$/.exec(location.hash);
      if (!found || !(+found[1] < files.length)) return;
      const article = byId(`f${found[1]}`) || made(+found[1]);
      if (!("full" in article.dataset)) fill(article, +found[1]);
      for (const one of document.querySelectorAll("article[aria-current]")) one.removeAttribute("aria-current");
      article.setAttribute("aria-current", "true");
      article.scrollIntoView({ block: "center" });
    };
    addEventListener("hashchange", open);
    open();
  };

  if (data.views) explorer();
  for (const table of document.querySelectorAll("table.sortable")) sorting(table);
  if (byId("filter")) filtering(byId("table"));
  if (data.files) sections(data.files);
})();
