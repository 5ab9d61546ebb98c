/** A text as one quoted word of a Dockerfile: variables and escapes mean nothing in it. */
export function quotedWord(value: string): string {
  return `"${value.replace(/["\\$]/g, "\\$&")}"`;
}
