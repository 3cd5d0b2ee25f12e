/** The font that figures are measured and drawn with: Open Sans, from its npm package, so that every machine draws the same. */
import { dirname, join } from "node:path";

export const fontName = "Open Sans";

const faces = [
  "Regular/OpenSans-Regular.ttf",
  "Italic/OpenSans-Italic.ttf",
  "Semibold/OpenSans-Semibold.ttf",
  "Bold/OpenSans-Bold.ttf",
  "BoldItalic/OpenSans-BoldItalic.ttf",
];

/** Paths of the font files. */
export function fontFiles(): string[] {
  const root = join(dirname(require.resolve("open-sans-fonts/package.json")), "open-sans");
  return faces.map((face) => join(root, face));
}

/** True where a text has letters that Open Sans lacks (Chinese, emoji): then the system's fonts must help. */
export function needsSystemFonts(text: string): boolean {
  return /[\u2e80-\ufaff\u{1f000}-\u{1faff}\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff]/u.test(text);
}
