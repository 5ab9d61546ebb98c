import type { Locator } from "playwright-core";

/** Where a field of a row is: in the element that matches (none: the row itself), as its text or an attribute. */
export interface Field {
  selector?: string;
  attribute?: string;
}

/** What is used of the DOM; the suite is compiled without its types. */
interface PageElement {
  textContent: string | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
}

/**
 * Reads all rows of a list at one moment: read one by one they could change in between.
 * @returns the fields of the drawn rows from the top, which is not their order in the page; nothing for what is not there.
 */
export async function readRows<Name extends string>(
  rows: Locator,
  fields: Record<Name, Field>,
): Promise<Record<Name, string | undefined>[]> {
  const byName: Record<string, Field> = fields;
  const read = await rows.evaluateAll((found: unknown, wanted: typeof byName) => {
    const index = (row: PageElement) => Number(row.getAttribute("data-index"));
    const readField = (row: PageElement, { selector, attribute }: Field) => {
      const element = selector === undefined ? row : row.querySelector(selector);
      const value = attribute === undefined ? element?.textContent : element?.getAttribute(attribute);
      return value?.replace(/\s+/g, " ").trim();
    };
    const readRow = (row: PageElement) =>
      Object.fromEntries(Object.entries(wanted).map(([name, field]) => [name, readField(row, field)]));
    return [...(found as PageElement[])].sort((one, other) => index(one) - index(other)).map(readRow);
  }, byName);
  return read as Record<Name, string | undefined>[];
}
