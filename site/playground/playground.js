// The playground: an editor with underlines, and beside it what iplint says of the text. Nothing leaves the page.
const PAUSE = 300; // milliseconds after the last key until the text is checked

const root = document.getElementById("iplint-editor");
const here = new URL(".", import.meta.url).href;
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const waiting = new Map();
let calls = 0;

worker.onmessage = ({ data: { id, result, error } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  error === undefined ? resolve(result) : reject(new Error(error));
};

function call(name, ...given) {
  return new Promise((resolve, reject) => {
    waiting.set(++calls, { resolve, reject });
    worker.postMessage({ id: calls, call: name, arguments: given });
  });
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// Tests call it, too.
window.iplint = call;

const examples = await (await fetch(`${here}examples.json`)).json();
const choice = element("select", { "aria-label": "Example", onchange: () => load(examples[choice.value]) });
for (const [index, example] of examples.entries()) choice.append(element("option", { value: index }, example.title));
const file = element("input", { "aria-label": "Name of the file", spellcheck: "false", oninput: later });
const marks = element("pre", { class: "marks", "aria-hidden": "true" });
const text = element("textarea", {
  "aria-label": "Template", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", oninput: later,
});
const status = element("p", { class: "status", role: "status" }, "Loading Python…");
const results = element("div", { class: "results" });
const safe = element("button", { class: "md-button", onclick: () => fix(false) }, "Fix");
const unsafe = element("button", { class: "md-button", onclick: () => fix(true) }, "Fix, unsafe ones too");
const link = element("button", { class: "md-button", onclick: copy }, "Copy link");

text.addEventListener("scroll", () => { marks.scrollTop = text.scrollTop; marks.scrollLeft = text.scrollLeft; });
root.addEventListener("dragover", (event) => event.preventDefault());
root.addEventListener("drop", async (event) => {
  event.preventDefault();
  const [dropped] = event.dataTransfer.files;
  if (dropped) load({ file: dropped.name, text: await dropped.text() });
});

root.replaceChildren(
  element("div", { class: "bar" }, choice, file, safe, unsafe, link),
  element("div", { class: "panes" }, element("div", { class: "editor" }, marks, text), element("div", { class: "said" }, status, results)),
);

function load(example) {
  file.value = example.file;
  text.value = example.text;
  text.scrollTop = 0;
  check();
}

// What is pasted may be in the other language than the file before it.
const TERRAFORM = /^\s*(resource|data|module|provider|variable|locals|terraform|output)\s*["{]/m;
const TEMPLATE = /^\s*"?(AWSTemplateFormatVersion|Resources)"?\s*:/m;
text.addEventListener("paste", () => setTimeout(() => {
  const isTerraform = /\.(tf|tofu|hcl)$/.test(file.value);
  if (!isTerraform && TERRAFORM.test(text.value) && !TEMPLATE.test(text.value)) file.value = "main.tf";
  else if (isTerraform && TEMPLATE.test(text.value) && !TERRAFORM.test(text.value)) file.value = "template.yaml";
}));

let timer, last = 0;
function later() {
  clearTimeout(timer);
  marks.textContent = text.value + "\n"; // underlines of the old text would be at wrong places
  timer = setTimeout(check, PAUSE);
}

// A file is named by its last part only: the check knows no directories.
const fileName = () => file.value.split(/[\\/]/).pop() || "template.yaml";

async function check() {
  const number = ++last;
  const checked = text.value;
  try {
    const report = await call("check", fileName(), checked);
    if (number === last && checked === text.value) show(report);
  } catch (error) {
    status.textContent = `iplint stopped: ${error.message.split("\n").filter(Boolean).pop()}`;
    results.replaceChildren();
  }
  root.dataset.checked = number;
}

async function fix(unsafeToo) {
  const { text: fixedText, count } = await call("fix", fileName(), text.value, unsafeToo);
  text.value = fixedText;
  await check();
  status.prepend(`${count} fixed. `);
}

async function copy() {
  const zipped = new Response(new Blob([JSON.stringify({ file: fileName(), text: text.value })]).stream()
    .pipeThrough(new CompressionStream("deflate-raw")));
  const bytes = new Uint8Array(await zipped.arrayBuffer());
  history.replaceState(null, "", "#" + btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
  try { await navigator.clipboard.writeText(location.href); link.textContent = "Copied"; }
  catch { link.textContent = "See the address"; }
}

// A short link may hold a text of any length.
const MAX_SHARED = 1_000_000; // bytes

async function inflated(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts).text();
    size += value.length;
    if (size > MAX_SHARED) {
      await reader.cancel();
      throw new RangeError("the text is too long");
    }
    parts.push(value);
  }
}

async function shared() {
  try {
    const bytes = Uint8Array.from(atob(location.hash.slice(1).replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
    const { file, text } = JSON.parse(await inflated(bytes));
    if (typeof file === "string" && typeof text === "string") return { file, text };
  } catch { /* a fragment that is none of ours */ }
  return null;
}

function offset(lines, line, column) {
  let at = 0;
  for (let number = 0; number < line - 1 && number < lines.length; number++) at += lines[number].length + 1;
  // Columns count characters; JavaScript counts halves of some.
  return at + Array.from(lines[line - 1] ?? "").slice(0, column - 1).join("").length;
}

function show(report) {
  const lines = text.value.split("\n");
  const spans = report.findings
    .map((finding) => ({
      start: offset(lines, finding.line, finding.column),
      end: finding.line === finding.end_line ? offset(lines, finding.end_line, finding.end_column) : offset(lines, finding.line, Infinity),
      word: finding.verdict === "undecided" ? "undecided" : finding.severity,
    }))
    .sort((one, other) => one.start - other.start);
  marks.replaceChildren();
  let at = 0;
  for (const { start, end, word } of spans) {
    if (start < at || end <= start) continue;
    marks.append(text.value.slice(at, start), element("mark", { class: word }, text.value.slice(start, end)));
    at = end;
  }
  marks.append(text.value.slice(at) + "\n");
  status.textContent = report.lines.join(" ");
  safe.disabled = !report.findings.some((finding) => finding.fix === "safe");
  unsafe.disabled = !report.findings.some((finding) => finding.fix !== null);
  results.replaceChildren(
    ...report.notices.map((notice) => element("p", { class: "notice" }, `${notice.line ? `line ${notice.line}: ` : ""}${notice.kind}: ${notice.message}`)),
    ...[...report.findings].sort((one, other) => rank(one) - rank(other)).map(finding),
    ...report.proofs.map(proof),
  );
  if (report.picture) {
    const picture = element("img", { alt: "The launches with their profiles, roles and policies" });
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(report.picture)}`;
    results.append(picture);
  }
}

const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const rank = (found) => (found.verdict === "undecided" ? SEVERITIES.length : SEVERITIES.indexOf(found.severity));

function go(line, column, endLine, endColumn) {
  const lines = text.value.split("\n");
  text.focus();
  text.setSelectionRange(offset(lines, line, column), offset(lines, endLine ?? line, endColumn ?? column));
  text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
}

function finding(found) {
  const word = found.verdict === "undecided" ? "undecided" : found.severity;
  const shown = element("details", { class: `finding ${word}` },
    element("summary", {}, element("b", {}, word), `: ${found.message} `,
      element("button", { onclick: (event) => { event.preventDefault(); go(found.line, found.column, found.end_line, found.end_column); } }, `line ${found.line}`)),
    element("p", {}, element("a", { href: `../rules/${found.rule}/` }, found.rule), found.when ? `, when ${found.when}` : ""),
    element("p", {}, `Why: ${found.why}. Fix: ${found.how}.`),
  );
  for (const step of found.related) {
    shown.append(element("p", {}, element("button", { onclick: () => go(step.line, step.column, step.end_line, step.end_column) }, `line ${step.line}`), ` ${step.message}`));
  }
  return shown;
}

function proof(one) {
  const rows = one.obligations.map((obligation) => element("tr", {},
    element("td", {}, obligation.name),
    element("td", { class: obligation.status }, obligation.status),
    element("td", {}, [...obligation.evidence.map((step) => `${step.message} (line ${step.line})`), ...obligation.reasons].join("; ")),
  ));
  return element("details", { class: "proof", open: "" },
    element("summary", {}, element("b", { class: one.status }, one.status), `: ${one.address}`),
    element("table", {}, element("tbody", {}, ...rows)));
}

load((location.hash && await shared()) || examples[0]);
