import { join } from "node:path";
import { expect, it } from "vitest";
import { findNotebook, notebookNames, readNotebook, taggedCell } from "./notebooks";
import { notebookText, temporaryProject } from "./testing";

const { notebooks, root } = temporaryProject({
  "notebooks/tour.ipynb": notebookText([
    { source: "# Tour", type: "markdown" },
    { source: "let seed = 1;\nlet rate = 2;", tags: ["parameters"] },
  ]),
  "notebooks/t2arec.ipynb": notebookText([]),
  "notebooks/notes.txt": "",
  "broken.ipynb": '{"cells": [',
  "other.ipynb": '{"cells": [{"cell_type": 3}]}',
});

it("names the notebooks of a folder, and none of a folder that is not there", () => {
  expect(notebookNames(notebooks)).toEqual(["t2arec", "tour"]);
  expect(notebookNames(join(root, "nowhere"))).toEqual([]);
});

it("finds one by name, with or without ending, and by path", () => {
  const file = join(notebooks, "tour.ipynb");
  expect(findNotebook("tour", notebooks)).toBe(file);
  expect(findNotebook(file, "/nowhere")).toBe(file);
});

it("says which is nearest where there is none, or which there are", () => {
  expect(() => findNotebook("t2arek", notebooks)).toThrow('there is no notebook "t2arek"');
  const remedies = (name: string) => {
    try {
      findNotebook(name, notebooks);
    } catch (error) {
      return (error as { remedies: string[] }).remedies.join();
    }
  };
  expect(remedies("t2arek")).toMatch(/did you mean t2arec\?/);
  expect(remedies("completely-different")).toMatch(/there are: t2arec, tour/);
  expect(() => findNotebook("./gone.ipynb", notebooks)).toThrow(/there is no file .*gone\.ipynb/);
});

it("reads sources written as lists of lines, and finds a cell by its tag", () => {
  const notebook = readNotebook(join(notebooks, "tour.ipynb"));
  expect(taggedCell(notebook, "parameters")?.source).toBe("let seed = 1;\nlet rate = 2;");
  expect(taggedCell(notebook, "results")).toBeUndefined();
});

it("refuses what is no notebook, by name", () => {
  expect(() => readNotebook(join(root, "broken.ipynb"))).toThrow(/broken\.ipynb is not a readable notebook/);
  expect(() => readNotebook(join(root, "other.ipynb"))).toThrow(/Expected string, received number/);
});
