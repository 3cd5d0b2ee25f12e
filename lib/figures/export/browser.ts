/** Figures that need WebGL (3D, parallel coordinates), drawn by Chromium where one is installed. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Figure } from "../figure";
import { toPlain } from "../json";
import { size } from "../theme";

const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** WebGL by software, which every machine has. */
const flags = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/**
 * Path of Chromium: `REPRISE_CHROMIUM`, or else the first found in PATH; undefined where there is none.
 * @throws when REPRISE_CHROMIUM names a file that can't be run
 */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const told = environment["REPRISE_CHROMIUM"];
  if (told) {
    if (!canRun(told)) throw new Error(`REPRISE_CHROMIUM is "${told}", which is no program that can be run.`);
    return told;
  }
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(canRun);
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What we use of playwright-core: its own types would cost every notebook's type-check a second. */
interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: readonly string[] }): Promise<{
      newPage(): Promise<{
        addScriptTag(options: { path: string }): Promise<unknown>;
        evaluate(expression: string): Promise<unknown>;
      }>;
      close(): Promise<void>;
    }>;
  };
}

export interface BrowserDrawing {
  /** SVG; the parts that WebGL draws are pictures in it. */
  readonly svg: string;
  readonly png: Buffer;
}

/**
 * Draws a figure with Chromium, some seconds each.
 * @param scale pixels of the PNG per pixel of the figure
 * @throws where no Chromium is installed, saying how to get one
 */
export async function drawInBrowser(figure: Figure, scale = 2): Promise<BrowserDrawing> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    const types = [...new Set(figure.data.map((trace) => trace.type ?? "scatter"))].join(", ");
    throw new Error(
      `Figure: drawing ${types} needs Chromium, and none was found in PATH. Install it ("apt-get install chromium" on Debian), or name one in REPRISE_CHROMIUM.`,
    );
  }
  const { chromium } = require("playwright-core") as Playwright;
  const browser = await chromium.launch({ executablePath, args: flags });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ path: require.resolve("plotly.js-dist-min") });
    const { data, layout } = toPlain(figure);
    const [width, height] = [layout.width ?? size.width, layout.height ?? size.height];
    const draw = async (options: object) => {
      const call = JSON.stringify([
        { data, layout },
        { width, height, ...options },
      ]);
      const url: unknown = await page.evaluate(`Plotly.toImage(...${call})`);
      return String(url);
    };
    const svg = await draw({ format: "svg" });
    const png = await draw({ format: "png", scale });
    return {
      svg: decodeURIComponent(svg.slice(svg.indexOf(",") + 1)),
      png: Buffer.from(png.slice(png.indexOf(",") + 1), "base64"),
    };
  } finally {
    await browser.close();
  }
}
