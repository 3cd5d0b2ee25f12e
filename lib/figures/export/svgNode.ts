/** The little of the DOM that measuring an SVG needs. Our own interface keeps the browser's global names out of the project. */
export interface SvgNode {
  readonly nodeType: number;
  readonly tagName: string;
  readonly textContent: string | null;
  readonly parentNode: SvgNode | null;
  readonly childNodes: ArrayLike<SvgNode>;
  getAttribute(name: string): string | null;
}

export const elementNode = 1;
export const textNode = 3;

/** A number attribute, such as "12" or "12px"; the fallback where it is missing. */
export function numberAttribute(node: SvgNode, name: string, fallback = 0): number {
  const value = Number.parseFloat(node.getAttribute(name) ?? "");
  return Number.isFinite(value) ? value : fallback;
}

/** A property from an element's style attribute, or else from the attribute of its name; undefined where neither has it. */
export function ownStyle(node: SvgNode, property: string): string | undefined {
  const style = node.getAttribute("style");
  if (style !== null) {
    for (const declaration of style.split(";")) {
      const colon = declaration.indexOf(":");
      if (colon > 0 && declaration.slice(0, colon).trim() === property)
        return declaration.slice(colon + 1).trim();
    }
  }
  return node.getAttribute(property) ?? undefined;
}

/** A style property that is inherited: from the nearest ancestor that sets it. */
export function inheritedStyle(node: SvgNode, property: string): string | undefined {
  for (let at: SvgNode | null = node; at !== null && at.nodeType === elementNode; at = at.parentNode) {
    const value = ownStyle(at, property);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Font size in pixels; "em" and "%" count from the parent's. */
export function fontSizeOf(node: SvgNode): number {
  const own = ownStyle(node, "font-size");
  const parent = node.parentNode;
  const inherited = () => (parent !== null && parent.nodeType === elementNode ? fontSizeOf(parent) : 16);
  if (own === undefined) return inherited();
  const value = Number.parseFloat(own);
  if (own.endsWith("em")) return value * inherited();
  return own.endsWith("%") ? (value / 100) * inherited() : value;
}
