// The built site in headless Chromium: `npm test --prefix site`, after `nox -s site`.
// CHROMIUM is the browser (default: /usr/bin/chromium), SCREENSHOTS a directory for pictures of the pages, PYTHON what runs
// iplint for comparison.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const TOP = new URL("../../", import.meta.url).pathname;
const SITE = join(TOP, "build", "site");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
  ".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm" };
const PAGES = ["", "quick-start/", "adoption/", "proofs/", "rules/", "rules/imdsv1-allowed/", "settings/", "architecture/", "benchmarks/", "playground/"];
const WIDTHS = [360, 1440];
const FIXTURES = 50;
const WAIT = 120_000; // milliseconds, on a machine that does much else

let server, browser, address;
const elsewhere = [];

before(async () => {
  server = createServer((request, answer) => {
    let path = join(SITE, decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    if (existsSync(path) && statSync(path).isDirectory()) path = join(path, "index.html");
    if (!existsSync(path)) { answer.writeHead(404); answer.end(); return; }
    answer.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    answer.end(readFileSync(path));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  address = `http://127.0.0.1:${server.address().port}/`;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => { await browser?.close(); server?.close(); });

async function open(path, { width = 1440, scheme = "light" } = {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
  page.setDefaultTimeout(WAIT);
  page.requests = [];
  page.broken = [];
  page.on("request", (request) => {
    page.requests.push(request.url());
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(address)) elsewhere.push(request.url());
  });
  page.on("pageerror", (error) => page.broken.push(String(error)));
  page.on("response", (answer) => { if (answer.status() >= 400) page.broken.push(`${answer.status()} ${answer.url()}`); });
  await page.goto(address + path);
  return page;
}

for (const path of PAGES) {
  test(`/${path} fits each width, light and dark`, async () => {
    for (const scheme of ["light", "dark"]) {
      const page = await open(path, { scheme });
      if (path === "playground/") await page.waitForSelector("#iplint-editor[data-checked]");
      if (path === "architecture/") await page.waitForFunction(() => !document.querySelector("pre.mermaid"));
      assert.deepEqual(page.broken, []);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${path} is ${wide} pixels wider than ${width}`);
        if (process.env.SCREENSHOTS) {
          mkdirSync(process.env.SCREENSHOTS, { recursive: true });
          const name = `${path.replaceAll("/", "-") || "home-"}${width}-${scheme}.png`;
          await page.screenshot({ path: join(process.env.SCREENSHOTS, name) });
        }
      }
      await page.close();
    }
  });
}

// The smallest templates of each rule, which fail, pass and are undecided.
function fixtures() {
  const found = [];
  const folder = join(TOP, "tests", "fixtures");
  for (const rule of readdirSync(folder).sort()) {
    for (const name of readdirSync(join(folder, rule)).sort()) {
      const path = join(folder, rule, name);
      if (/\.(yaml|json|tf)$/.test(name) && statSync(path).isFile()) found.push(path);
    }
  }
  const step = Math.max(1, Math.floor(found.length / FIXTURES));
  return found.filter((_, index) => index % step === 0).slice(0, FIXTURES);
}

const key = (finding) => [finding.rule, finding.severity, finding.verdict, finding.address, finding.line, finding.column,
  finding.end_line, finding.end_column, finding.message, finding.fix].join(" | ");

test(`the playground finds what the command finds in ${FIXTURES} templates, and asks for nothing more`, async () => {
  const page = await open("playground/");
  const begun = Date.now();
  await page.waitForSelector("#iplint-editor[data-checked='1']");
  console.log(`first result after ${Date.now() - begun} ms`);
  const before = page.requests.length;
  assert.ok(page.requests.some((url) => url.endsWith(".wasm")), "requests of the worker are seen");
  const paths = fixtures();
  assert.equal(paths.length, FIXTURES);
  let slowest = 0;
  for (const path of paths) {
    const name = path.split("/").pop();
    const text = readFileSync(path, "utf8");
    const directory = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
    execFileSync("cp", [path, directory]);
    let printed;
    try {
      printed = execFileSync(process.env.PYTHON ?? "python3", ["-m", "iplint", "check", "--no-cache", "--exit-zero", "--undecided", "--format", "json", name], { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    } catch (error) { printed = error.stdout; }
    const wanted = JSON.parse(printed);
    const start = Date.now();
    const report = await page.evaluate(([name, text]) => window.iplint("check", name, text), [name, text]);
    slowest = Math.max(slowest, Date.now() - start);
    assert.deepEqual(report.findings.map(key), wanted.findings.map(key), path);
    assert.deepEqual(report.summary.launches, wanted.summary.launches, path);
    assert.deepEqual(report.notices.map((one) => one.message), wanted.notices.map((one) => one.message), path);
  }
  console.log(`slowest of ${paths.length} checks: ${slowest} ms`);
  assert.deepEqual(page.requests.slice(before).filter((url) => !url.startsWith("data:")), []);
  await page.close();
});

test("the playground underlines, fixes, and shares by the fragment alone", async () => {
  const page = await open("playground/");
  await page.waitForSelector("#iplint-editor[data-checked='1']");
  assert.equal(await page.locator("#iplint-editor mark").count(), 3);
  await page.selectOption("#iplint-editor select", "1");
  await page.waitForSelector("#iplint-editor[data-checked='2']");
  assert.match(await page.locator("#iplint-editor .status").innerText(), /1 finding/);
  await page.click("#iplint-editor button:text-is('Fix')");
  await page.waitForFunction(() => document.querySelector("#iplint-editor .status").textContent.startsWith("1 fixed"));
  assert.match(await page.inputValue("#iplint-editor textarea"), /http_tokens = "required"/);
  assert.match(await page.locator("#iplint-editor .proof summary").first().innerText(), /proven/);
  await page.click("#iplint-editor button:text-is('Copy link')");
  await page.waitForFunction(() => location.hash.length > 1);
  const shared = page.url();
  const other = await open(shared.slice(address.length));
  await other.waitForSelector("#iplint-editor[data-checked='1']");
  assert.match(await other.inputValue("#iplint-editor textarea"), /http_tokens = "required"/);
  assert.ok(page.requests.every((url) => !url.includes("#") || url === shared));
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, "playground-fixed.png") });
  await page.close();
  await other.close();
});

test("the playground takes what is pasted for what it is", async () => {
  const page = await open("playground/");
  await page.waitForSelector("#iplint-editor[data-checked='1']");
  await page.evaluate(() => {
    const text = document.querySelector("#iplint-editor textarea");
    text.value = 'resource "aws_instance" "web" {}\n';
    text.dispatchEvent(new Event("paste"));
    text.dispatchEvent(new Event("input"));
  });
  await page.waitForSelector("#iplint-editor[data-checked='2']");
  assert.equal(await page.inputValue("#iplint-editor input"), "main.tf");
  assert.match(await page.locator("#iplint-editor .status").innerText(), /1 launch: 1 failed/);
  await page.close();
});

test("the report of 5,000 launches with long names fits, is searched, and asks for nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "iplint-"));
  const file = join(folder, "report.html");
  const long = "of_a_team_and_service_with_a_long_name_in_the_account_of_production";
  const launches = [...Array(5000).keys()].map((number) => `resource "aws_instance" "host_${number}_${long}" {\n  ami = "ami-1"\n}\n`);
  for (let number = 0; number < 50; number++) {
    const nested = join(folder, "environments", `${long}_${number}`, "services", "hosts");
    mkdirSync(nested, { recursive: true });
    writeFileSync(join(nested, "main.tf"), launches.slice(100 * number, 100 * number + 100).join(""));
  }
  execFileSync(process.env.PYTHON ?? "python3", ["-m", "iplint", "check", "-q", "--exit-zero", "--no-cache", "-o", `html:${file}`, "."], { cwd: folder, stdio: "ignore" });
  for (const scheme of ["light", "dark"]) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: scheme });
    page.setDefaultTimeout(WAIT);
    const requests = [], broken = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => broken.push(String(error)));
    const address = pathToFileURL(file).href;
    await page.goto(address);
    await page.locator("#launches output:text('5000 of 5000')").waitFor();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `the report is ${wide} pixels wider than ${width}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    const high = await page.locator("#launches tbody tr").evaluateAll((rows) => Math.max(...rows.map((row) => row.offsetHeight)));
    assert.ok(high < 150, `a row is ${high} pixels high`);
    await page.fill("#launches input", "host_4321");
    await page.locator("#launches output:text('1 of 5000')").waitFor();
    await page.locator("#launches tbody tr").first().press("Enter");
    const boxes = await page.locator("#launches svg g").evaluateAll((groups) => groups.map((group) => {
      const [rect, ...texts] = group.querySelectorAll("rect, text");
      return Math.max(...texts.map((text) => text.getBoundingClientRect().right)) - rect.getBoundingClientRect().right;
    }));
    assert.ok(boxes.length >= 2 && boxes.every((out) => out <= 0), `texts leave their boxes: ${boxes}`);
    assert.deepEqual([requests, broken], [[address], []]);
    if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `report-${scheme}.png`) });
    await page.close();
  }
  rmSync(folder, { recursive: true });
});

test("no page asks another host for anything", () => assert.deepEqual(elsewhere, []));
