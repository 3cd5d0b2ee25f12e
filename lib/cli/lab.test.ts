import { join } from "node:path";
import { expect, it } from "vitest";
import { labArguments, startLab } from "./lab";
import { notebookText, temporaryProject } from "./testing";

it("JupyterLab gets the project as its root, notebooks by name, and the user's options as they are", () => {
  const paths = temporaryProject({ "notebooks/tour.ipynb": notebookText([]) });
  expect(labArguments(["tour", "--no-browser", "--port=9000"], paths).slice(-3)).toEqual([
    join(paths.notebooks, "tour.ipynb"),
    "--no-browser",
    "--port=9000",
  ]);
  expect(labArguments([], paths)).toContain(`--ServerApp.root_dir=${paths.root}`);
  expect(() => labArguments(["tuor"], paths)).toThrow('no notebook or file "tuor"');
});

it("its exit code is ours, and a missing set-up is told", async () => {
  const paths = temporaryProject({ ".venv/bin/jupyter-lab": "#!/bin/sh\nexit 7\n" });
  expect(await startLab([], paths)).toBe(7);
  await expect(startLab([], temporaryProject())).rejects.toThrow(/jupyter-lab is not there/);
});
