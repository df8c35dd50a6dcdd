// Runs iplint in a worker, so that the page stays responsive. All it loads is below its own address.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const here = new URL(".", import.meta.url).href;

async function start() {
  const [python, archive] = await Promise.all([
    loadPyodide({ indexURL: `${here}pyodide/` }),
    fetch(`${here}iplint.zip`).then((answer) => answer.arrayBuffer()),
  ]);
  python.unpackArchive(new Uint8Array(archive), "zip", { extractDir: "/lib/iplint" });
  python.runPython("import sys; sys.path.insert(0, '/lib/iplint')");
  return python.pyimport("playground");
}

const started = start();

onmessage = async ({ data: { id, call, arguments: given } }) => {
  try {
    const playground = await started;
    postMessage({ id, result: JSON.parse(playground[call](...given)) });
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
};
