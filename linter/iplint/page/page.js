"use strict";
// Everything that comes from templates is data: it becomes text of elements, never markup, code or an address.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const marks = { proven: "\u2713", failed: "\u2717", qualified: "\u2248", undecided: "?", discharged: "\u2713", open: "?" };
  const words = { qualified: "proven unless an input is set" };
  const kinds = ["launch", "template", "profile", "role", "policy"];
  const rowsShown = 200;

  const node = (tag, given, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given || {})) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  };
  const shape = (tag, given, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(given || {})) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const mark = (word) => node("span", { class: `mark ${word}` }, `${marks[word] || ""} ${words[word] || word}`.trim());
  const place = (where) => {
    const [text, address] = where;
    return address
      ? node("a", { class: "place", href: address, rel: "noreferrer noopener" }, text)
      : node("span", { class: "place" }, text);
  };
  const rule = (name) => {
    const { page } = data.rules[name] || {};
    return page ? node("a", { href: page, rel: "noreferrer noopener" }, name) : node("code", {}, name);
  };

  const finding = (index) => {
    const [name, severity, message, where, fix, lines] = data.findings[index];
    const { why, how } = data.rules[name] || {};
    const made = node("div", { class: "finding" },
      node("p", {}, mark(severity), " ", rule(name), ": ", message),
      node("p", {}, place(where)));
    if (lines) made.append(node("pre", {}, node("code", {}, lines)));
    if (why) made.append(node("p", { class: "dim" }, `why: ${why}`));
    if (how) made.append(node("p", { class: "dim" }, `fix: ${how}${fix ? ` (iplint check --fix${fix === "unsafe" ? " --unsafe-fixes" : ""})` : ""}`));
    return made;
  };

  const proof = (obligations) => {
    const body = node("tbody");
    for (const [name, claim, status, evidence, reasons, unless] of obligations) {
      const cell = node("td");
      for (const [where, message, line] of evidence) {
        cell.append(node("div", {}, place(where), ` ${message}`));
        if (line) cell.append(node("pre", {}, node("code", {}, line)));
      }
      for (const [where, reason] of reasons) cell.append(node("div", {}, where ? place(where) : "", ` ${reason}`));
      for (const scenario of unless) cell.append(node("div", {}, `unless ${scenario}`));
      body.append(node("tr", {}, node("td", {}, `${name}: ${claim}`), node("td", {}, mark(status)), cell));
    }
    const head = node("tr", {}, ...["Obligation", "Status", "Evidence or reason"].map((text) => node("th", { scope: "col" }, text)));
    return node("table", {}, node("thead", {}, head), body);
  };

  // A column for each kind that there is; boxes of one kind below each other.
  const picture = ([boxes, edges]) => {
    const wide = 250, across = 60, gap = 14, line = 15;
    const used = kinds.filter((kind) => boxes.some((box) => box[0] === kind));
    const tops = used.map(() => 4);
    const places = boxes.map(([kind, , , lines]) => {
      const column = used.indexOf(kind), high = 20 + line * lines.length, y = tops[column];
      tops[column] += high + gap;
      return { x: 4 + column * (wide + across), y, high };
    });
    const width = used.length * (wide + across) - across + 8, height = Math.max(...tops);
    const made = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" },
      shape("title", {}, "The launch and what is behind it"),
      shape("defs", {}, shape("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" },
        shape("path", { class: "arrow", d: "M0 0 L8 4 L0 8 z" }))));
    for (const [start, end] of edges) {
      const from = places[start], to = places[end];
      const x = from.x + wide, y = from.y + from.high / 2, below = to.y + to.high / 2, half = (x + to.x) / 2;
      const dashed = boxes[start][2] || boxes[end][2] ? " dashed" : "";
      made.append(shape("path", { class: `edge${dashed}`, d: `M${x} ${y} C${half} ${y} ${half} ${below} ${to.x} ${below}`, "marker-end": "url(#arrow)" }));
    }
    boxes.forEach(([, state, open, lines, title], index) => {
      const { x, y, high } = places[index];
      const group = shape("g", {}, shape("title", {}, title.join("\n")),
        shape("rect", { class: `box ${state}${open ? " dashed" : ""}`, x, y, width: wide, height: high, rx: 7 }));
      lines.forEach((text, number) => {
        const most = number === 0 ? 27 : 38;
        const shown = text.length > most ? `${text.slice(0, most / 4)}\u2026${text.slice(1 - most * 3 / 4)}` : text;
        group.append(shape("text", { class: number === 0 ? "name" : "line", x: x + 12, y: y + 22 + line * number }, shown));
      });
      made.append(group);
    });
    return node("div", { class: "picture", tabindex: "0" }, made);
  };

  const detail = (launch, columns) => {
    const cell = node("td", { colspan: columns });
    if (launch.findings.length) cell.append(node("h3", {}, "Findings"), ...launch.findings.map(finding));
    cell.append(node("h3", {}, "Picture"), picture(launch.picture));
    if (launch.proof.length) cell.append(node("h3", {}, "Proof"), proof(launch.proof));
    return node("tr", { class: "detail" }, cell);
  };

  // A table with a search, buttons that filter by a word, and rows that open; further rows are added when asked for.
  const listing = (id, rows, filters, open) => {
    const section = document.getElementById(id);
    const body = section.querySelector("tbody"), search = section.querySelector("input");
    const count = section.querySelector("output"), bar = section.querySelector(".bar");
    const columns = section.querySelectorAll("th").length;
    const more = node("button", { type: "button" });
    section.append(node("p", {}, more));
    const pressed = new Set();
    let shown = [], limit = rowsShown;

    const toggle = (element, row) => {
      const isOpen = element.getAttribute("aria-expanded") === "true";
      element.setAttribute("aria-expanded", String(!isOpen));
      if (isOpen) element.nextElementSibling.remove();
      else element.after(open(row, columns));
    };
    const made = (row) => {
      const element = node("tr", open ? { tabindex: "0", "aria-expanded": "false" } : {}, ...row.cells().map((cell) => node("td", {}, ...cell)));
      if (open) {
        element.addEventListener("click", (event) => { if (!event.target.closest("a")) toggle(element, row); });
        element.addEventListener("keydown", (event) => {
          if (event.key === "Enter" || event.key === " ") { event.preventDefault(); toggle(element, row); }
        });
      }
      return element;
    };
    const fill = () => {
      body.append(...shown.slice(body.filled, limit).map(made));
      body.filled = Math.min(limit, shown.length);
      more.hidden = shown.length <= limit;
      more.textContent = `Show ${Math.min(shown.length - limit, rowsShown)} more of ${shown.length - limit}`;
    };
    const refresh = () => {
      const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      shown = rows.filter((row) => (!pressed.size || pressed.has(row.word)) && wanted.every((word) => row.text.includes(word)));
      limit = rowsShown;
      body.replaceChildren();
      body.filled = 0;
      fill();
      count.textContent = `${shown.length} of ${rows.length}`;
    };
    for (const word of filters) {
      const number = rows.filter((row) => row.word === word).length;
      if (!number) continue;
      const button = node("button", { type: "button", "aria-pressed": "false" }, `${words[word] || word} ${number}`);
      button.addEventListener("click", () => {
        const on = !pressed.delete(word);
        if (on) pressed.add(word);
        button.setAttribute("aria-pressed", String(on));
        refresh();
      });
      bar.append(button);
    }
    search.addEventListener("input", refresh);
    more.addEventListener("click", () => { limit += rowsShown; fill(); });
    body.addEventListener("keydown", (event) => {
      const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      let next = step ? event.target.closest("tr") : null;
      if (!next || event.target !== next) return;
      do next = next[step]; while (next && !next.hasAttribute("tabindex"));
      if (next) { event.preventDefault(); next.focus(); }
    });
    refresh();
    section.hidden = !rows.length;
    return search;
  };

  const launches = data.launches.map((launch) => ({
    ...launch,
    word: launch.verdict,
    text: [launch.address, launch.type, launch.verdict, launch.profile, launch.role, launch.place[0], ...launch.rules].join(" ").toLowerCase(),
    cells: () => [
      [mark(launch.verdict)],
      [node("strong", {}, launch.address), node("div", { class: "dim" }, launch.type)],
      [launch.profile],
      [launch.role],
      launch.rules.map((text) => node("div", {}, text)),
      [place(launch.place)],
    ],
  }));
  const findings = data.findings.map(([name, severity, message, where], index) => ({
    index,
    word: severity,
    text: [name, severity, message, where[0]].join(" ").toLowerCase(),
    cells: () => [[mark(severity)], [rule(name)], [message], [place(where)]],
  }));
  const notices = data.notices.map(([kind, cause, message, where]) => ({
    word: kind,
    text: [kind, cause, message, where[0]].join(" ").toLowerCase(),
    cells: () => [[kind], [cause], [message], [place(where)]],
  }));
  const search = listing("launches", launches, ["failed", "undecided", "qualified", "proven"], detail);
  listing("findings", findings, ["critical", "high", "medium", "low", "info", "undecided"],
    (row, columns) => node("tr", { class: "detail" }, node("td", { colspan: columns }, finding(row.index))));
  listing("notices", notices, new Set(notices.map((notice) => notice.word)), null);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target.tagName !== "INPUT") { event.preventDefault(); search.focus(); }
  });
})();
