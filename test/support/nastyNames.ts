/** Characters that shells, tar, JSON, URIs and terminals treat in a way of their own. */
const pieces = [
  " ", "  ", "\n", "\r", "\t", "'", '"', "`", "$", "$(id)", "`id`", "${HOME}", "\\", "\\n", "\\\\", "*", "?", "[a]", "{a,b}",
  "!", "#", "%", "%s", "%00", "%2e", "%2F", "&", "(", ")", ";", "<", ">", "|", "~", "=", "+", "@", ":", ",", "^", "\u0001", "\u001b[31m", "\u007f",
  "ä", "a\u0308", "日本", "🙂", "👩‍👩‍👧", "\u202e", "\u200b", "\ufeff", "\u00a0", "İ", "ß", "\u{10ffff}",
]; // prettier-ignore

/** 300 file names that have gone wrong somewhere, each different, none longer than 255 bytes. */
export const nastyNames: readonly string[] = [
  ...new Set([
    "-", "--", "-rf", "-n", "--help", "-e", "-printf", "...", "..a", ".a", ".hidden", " lead", "trail ", "trail.", "\n", "end\n", "\nstart",
    "a\n\nb", "G", "B", "81a4 5 100 x", "x\n81a4 5 100 y", "CON", "nul", "a:b", "C:\\x", "wh", ".wh.a", ".wh..wh..opq", "PaxHeaders.0", "GNUSparseFile.0", "pax_global_header",
    "é".repeat(127), "x".repeat(255), "日".repeat(85), "🙂".repeat(63), `-${"y".repeat(254)}`, "z".repeat(100), "z".repeat(101), `${"a".repeat(99)}\n`,
    ...pieces,
    ...pieces.map((piece) => `a${piece}b`),
    ...pieces.map((piece) => `-${piece}`),
    ...pieces.map((piece) => `${piece}.txt`),
    ...pieces.map((piece) => `.${piece}.`),
    ...pieces.map((piece, index) => `${piece}${pieces[(index + 7) % pieces.length] ?? ""}`),
  ]),
].filter((name) => name !== "." && name !== "..").slice(0, 300); // prettier-ignore
