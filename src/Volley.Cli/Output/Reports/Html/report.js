
"use strict";
(() => {
  const run = JSON.parse(document.getElementById("run").textContent);
  const hosts = run.hosts.map((host, index) => ({ ...host, index }));
  const model = run.groups.findIndex(group => group.kind === "ok" && !group.empty);
  const byId = id => document.getElementById(id);
  const make = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const seconds = value => `${value.toFixed(value < 10 ? 2 : 1)} s`;
  const bytes = count => {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    for (; count >= 999.5 && unit < units.length - 1; unit++) count /= 1000;
    return `${unit ? count.toFixed(1) : count} ${units[unit]}`;
  };

  // Outputs are parsed when they are first needed.
  const outputs = new Map();
  const output = group => {
    if (!outputs.has(group)) outputs.set(group, JSON.parse(byId(`output-${group}`).textContent));
    return outputs.get(group);
  };
  const text = group => output(group).map(part => part[1]).join("");

  // The differing lines between two texts, by the algorithm of Myers; null if it would take too long.
  const compare = (before, after) => {
    const [a, b] = [before.split("\n"), after.split("\n")];
    let head = 0;
    while (head < a.length && head < b.length && a[head] === b[head]) head++;
    let tail = 0;
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
    const [x, y] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
    const limit = Math.min(x.length + y.length, 1500);
    const trace = [];
    let ends = new Map([[1, 0]]);
    let found = -1;
    for (let d = 0; d <= limit && found < 0; d++) {
      trace.push(new Map(ends));
      for (let k = -d; k <= d; k += 2) {
        const down = k === -d || (k !== d && ends.get(k - 1) < ends.get(k + 1));
        let i = down ? ends.get(k + 1) : ends.get(k - 1) + 1;
        while (i < x.length && i - k < y.length && x[i] === y[i - k]) i++;
        ends.set(k, i);
        if (i >= x.length && i - k >= y.length) { found = d; break; }
      }
    }
    if (found < 0) return null;
    const middle = [];
    let [i, j] = [x.length, y.length];
    for (let d = found; d >= 0; d--) {
      const k = i - j;
      const seen = trace[d];
      const down = k === -d || (k !== d && seen.get(k - 1) < seen.get(k + 1));
      const previous = down ? k + 1 : k - 1;
      const [fromI, fromJ] = d === 0 ? [0, 0] : [seen.get(previous), seen.get(previous) - previous];
      while (i > fromI && j > fromJ) { middle.push([" ", x[--i]]); j--; }
      if (d > 0) middle.push(down ? ["+", y[--j]] : ["-", x[--i]]);
    }
    const same = lines => lines.map(line => [" ", line]);
    return [...same(a.slice(0, head)), ...middle.reverse(), ...same(a.slice(a.length - tail))];
  };

  // Keeps three lines around each difference.
  const hunks = lines => {
    const near = new Uint8Array(lines.length);
    lines.forEach(([mark], at) => { if (mark !== " ") near.fill(1, Math.max(0, at - 3), at + 4); });
    return lines.flatMap((line, at) => near[at] ? [line] : at > 0 && near[at - 1] ? [["~", "\u22ef"]] : []);
  };

  const showOutput = (pre, group) => {
    pre.replaceChildren(...output(group).map(([stream, part]) => make("span", part, stream)));
    if (run.groups[group].empty) pre.replaceChildren(make("span", "no output"));
  };
  const showDifference = (pre, group) => {
    const lines = compare(text(model), text(group));
    if (!lines) { pre.replaceChildren(make("span", "The outputs differ in too many lines to compare them here.")); return; }
    const kinds = { "+": "added", "-": "removed" };
    const shown = hunks(lines);
    pre.replaceChildren(...shown.map(([mark, line]) => make("div", mark === "~" ? line : `${mark}${line}`, kinds[mark])));
    if (!shown.length) pre.replaceChildren(make("span", "The same output."));
  };

  const details = run.groups.map((group, index) => {
    const element = make("details");
    const head = make("summary");
    head.append(make("i", undefined, `dot ${group.kind}`), make("b", group.names), make("span", ` (${group.count}) ${group.cause}${group.empty ? ", no output" : ""}`));
    element.append(head);
    element.addEventListener("toggle", () => {
      if (!element.open || element.querySelector("pre")) return;
      const message = hosts.find(host => host.group === index && host.message);
      if (message) element.append(make("p", message.message, "note"));
      const pre = make("pre");
      if (model >= 0 && index !== model && !group.empty) {
        const views = make("p", undefined, "views");
        const views_ = [["Output", showOutput], [`Differences from ${run.groups[model].names}`, showDifference]].map(([name, show]) => {
          const button = make("button", name);
          button.addEventListener("click", () => {
            for (const other of views.children) other.setAttribute("aria-pressed", other === button);
            show(pre, index);
          });
          return button;
        });
        views.append(...views_);
        views_[0].setAttribute("aria-pressed", "true");
        element.append(views);
      }
      element.append(pre);
      showOutput(pre, index);
    });
    return element;
  });
  byId("groups").append(...details);
  details.slice(0, 3).forEach(element => { element.open = true; });

  // The table.
  const body = document.querySelector("#hosts tbody");
  const rows = hosts.map(host => {
    const row = make("tr");
    const result = make("td");
    result.append(make("i", undefined, `dot ${host.kind}`), host.cause);
    row.append(make("td", String(host.index + 1)), make("td", host.name, "names"), result, make("td", seconds(host.start), "number"),
      make("td", seconds(host.elapsed), "number"), make("td", bytes(host.bytes), "number"), make("td", host.message ?? ""));
    return row;
  });
  body.append(...rows);
  for (const button of document.querySelectorAll("#hosts th button")) {
    button.addEventListener("click", () => {
      const descending = button.getAttribute("aria-sort") === "ascending";
      for (const other of document.querySelectorAll("#hosts th button")) other.removeAttribute("aria-sort");
      button.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const key = button.dataset.key;
      const order = new Intl.Collator("en", { numeric: true });
      const sorted = [...hosts].sort((a, b) => typeof a[key] === "number" ? a[key] - b[key] : order.compare(a[key], b[key]));
      if (descending) sorted.reverse();
      body.append(...sorted.map(host => rows[host.index]));
    });
  }
  const choose = host => {
    for (const row of body.querySelectorAll(".chosen")) row.classList.remove("chosen");
    rows[host.index].classList.add("chosen");
    rows[host.index].scrollIntoView({ block: "center" });
    if (host.group !== undefined) details[host.group].open = true;
  };

  // Map and timeline. What the search does not find is faint.
  let found = new Uint8Array(hosts.length).fill(1);
  const tip = byId("tip");
  const canvasOf = (id, height, draw, hit) => {
    const canvas = document.querySelector(`#${id} canvas`);
    const context = canvas.getContext("2d");
    const paint = () => {
      const style = getComputedStyle(document.documentElement);
      const colors = new Map();
      const color = name => colors.get(name) ?? colors.set(name, style.getPropertyValue(`--${name}`).trim()).get(name);
      const width = canvas.clientWidth;
      const scale = window.devicePixelRatio || 1;
      canvas.style.height = `${height(width)}px`;
      canvas.width = width * scale;
      canvas.height = height(width) * scale;
      context.setTransform(scale, 0, 0, scale, 0, 0);
      draw(context, width, color);
    };
    canvas.addEventListener("mousemove", event => {
      const host = hit(event.offsetX, event.offsetY, canvas.clientWidth);
      tip.hidden = !host;
      if (!host) return;
      tip.textContent = `${host.name}: ${host.cause}, ${seconds(host.elapsed)}`;
      tip.style.left = `${Math.min(event.clientX + 12, window.innerWidth - tip.offsetWidth - 8)}px`;
      tip.style.top = `${event.clientY + 14}px`;
    });
    canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
    canvas.addEventListener("click", event => {
      const host = hit(event.offsetX, event.offsetY, canvas.clientWidth);
      if (host) choose(host);
    });
    return paint;
  };
  const cell = hosts.length > 2000 ? 10 : hosts.length > 300 ? 14 : 22;
  const columns = width => Math.max(1, Math.floor(width / cell));
  const paintMap = canvasOf("map", width => Math.ceil(hosts.length / columns(width)) * cell,
    (context, width, color) => hosts.forEach((host, at) => {
      context.globalAlpha = found[at] ? 1 : 0.15;
      context.fillStyle = color(host.kind);
      context.fillRect((at % columns(width)) * cell, Math.floor(at / columns(width)) * cell, cell - 2, cell - 2);
    }),
    (x, y, width) => x < columns(width) * cell ? hosts[Math.floor(y / cell) * columns(width) + Math.floor(x / cell)] : undefined);
  const byStart = [...hosts].sort((a, b) => a.start - b.start || a.index - b.index);
  const rowHeight = Math.max(Math.min(14, 420 / hosts.length), 0.08);
  const axis = 20;
  const total = Math.max(run.duration, 0.001);
  const paintTimeline = canvasOf("timeline", () => Math.ceil(hosts.length * rowHeight) + axis,
    (context, width, color) => {
      context.fillStyle = color("faint");
      context.font = "11px system-ui, sans-serif";
      for (let tick = 0; tick <= 5; tick++) {
        context.textAlign = tick === 0 ? "left" : tick === 5 ? "right" : "center";
        context.fillText(seconds(total * tick / 5), width * tick / 5, 12);
      }
      byStart.forEach((host, at) => {
        context.globalAlpha = found[host.index] ? 1 : 0.15;
        context.fillStyle = color(host.kind);
        context.fillRect(width * host.start / total, axis + at * rowHeight, Math.max(1.5, width * host.elapsed / total), Math.max(rowHeight - (rowHeight > 3 ? 1 : 0), 0.5));
      });
    },
    (x, y) => y < axis ? undefined : byStart[Math.floor((y - axis) / rowHeight)]);
  const paint = () => { paintMap(); paintTimeline(); };
  window.addEventListener("resize", paint);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  paint();

  // Search: names, causes and messages of hosts, and outputs.
  let waiting;
  const search = () => {
    const wanted = byId("search").value.trim().toLowerCase();
    const inGroup = run.groups.map((group, index) => wanted !== "" && text(index).toLowerCase().includes(wanted));
    found = Uint8Array.from(hosts, host => wanted === "" || inGroup[host.group]
      || `${host.name} ${host.cause} ${host.message ?? ""}`.toLowerCase().includes(wanted) ? 1 : 0);
    const groups = new Set(hosts.filter((host, index) => found[index]).map(host => host.group));
    rows.forEach((row, index) => { row.hidden = !found[index]; });
    details.forEach((element, index) => { element.hidden = !groups.has(index); });
    byId("found").textContent = wanted === "" ? "" : `${found.reduce((sum, one) => sum + one, 0)} of ${hosts.length} hosts`;
    paint();
  };
  byId("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 150);
  });
})();
