/**
 * Text from a container, a label or an engine on one line, without what a terminal would obey or what would turn the
 * words around it: control characters, and the marks that change the direction of writing (Unicode TR 36, 3.1).
 * Each becomes `?`.
 */
export function plainText(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what it takes out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "?");
}

/** The same of at most `length` characters, with a mark where it was cut. */
export function shortText(text: string, length: number): string {
  const plain = plainText(text.slice(0, length + 1));
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain;
}
