import { expect, it } from "vitest";
import { readDrop, type DropItem } from "../../../src/vscode/readDrop.js";

const text = (value: string): DropItem => ({
  asString: () => Promise.resolve(value),
  asFile: () => undefined,
});
const file = (name: string, fsPath?: string, scheme = "file"): DropItem => ({
  asString: () => Promise.reject(new Error("a file is not read as text")),
  asFile: () => ({
    name,
    ...(fsPath !== undefined && { uri: { scheme, fsPath } }),
    data: () => Promise.resolve(Buffer.from(name)),
  }),
});

it("reads what the Explorer gives: addresses, a line each, each once", async () => {
  const list =
    "# from the editor\r\nfile:///work/a%20b.txt\r\nfile:///work/sub%0A\n\nfile:///work/a%20b.txt\r\n";
  expect(await readDrop([["text/uri-list", text(list)]])).toEqual({
    paths: ["/work/a b.txt", "/work/sub\n"],
    bytes: [],
    elsewhere: [],
  });
});

it("reads files from the desktop by their paths, and takes the list beside them for the same", async () => {
  const dropped = await readDrop([
    ["text/plain", file("one.txt", "/home/me/one.txt")],
    ["image/png", file("two.png", "/home/me/two.png")],
    ["text/uri-list", text("file:///home/me/one.txt")],
  ]);
  expect(dropped).toEqual({ paths: ["/home/me/one.txt", "/home/me/two.png"], bytes: [], elsewhere: [] });
});

it("reads files without a path, as a browser gives them, by their bytes and a name that leads nowhere", async () => {
  const { paths, bytes } = await readDrop([
    ["text/plain", file("../../etc/passwd")],
    ["text/plain", file("C:\\fakepath\\notes.txt")],
    ["text/plain", file("x.txt", "/x.txt", "vscode-vfs")],
  ]);
  expect(paths).toEqual([]);
  expect(bytes.map(({ name }) => name)).toEqual(["passwd", "notes.txt", "x.txt"]);
  expect(Buffer.from((await bytes[1]?.data()) ?? []).toString()).toBe("C:\\fakepath\\notes.txt");
});

it("tells what is not on this machine, and finds no file in other things", async () => {
  const elsewhere = [
    "agent-container://agent-1/app/x",
    "vscode-remote://ssh-remote%2Bhost/x",
    "not an address",
  ];
  expect(
    await readDrop([
      ["text/uri-list", text(`${elsewhere.join("\r\n")}\r\nfile:///here`)],
      ["text/plain", text("some words")],
      ["application/vnd.code.tree.x", text("{}")],
    ]),
  ).toEqual({ paths: ["/here"], bytes: [], elsewhere });
  expect(await readDrop([["text/plain", text("file:///work/a")]])).toEqual({
    paths: [],
    bytes: [],
    elsewhere: [],
  });
});
