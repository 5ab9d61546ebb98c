import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";

/** An ed25519 key pair in OpenSSH's own forms. */
export interface SshKeyPair {
  /** `-----BEGIN OPENSSH PRIVATE KEY-----`, unencrypted, with a final newline. Never to be logged. */
  privateKey: string;
  /** One line, `ssh-ed25519 AAAA… comment`, without a newline. */
  publicKey: string;
  /** As `ssh-keygen -l` shows it: `SHA256:…`. */
  fingerprint: string;
}

const keyType = "ssh-ed25519";

/**
 * A new ed25519 key pair, as a user's key or as sshd's host key. Encoded here as openssh-key-v1 (OpenSSH's
 * PROTOCOL.key): ssh2's generator breaks keys whose public half starts with a zero byte, and OpenSSH does not read
 * the PKCS#8 form that Node writes. `comment` is one line of text; line breaks in it become spaces.
 */
export function generateKeyPair(comment: string): SshKeyPair {
  const { seed, publicBytes } = newEd25519();
  const line = comment.replace(/\s+/g, " ").trim();
  const blob = Buffer.concat([field(keyType), field(publicBytes)]);
  return {
    privateKey: pem(privateBody(seed, publicBytes, blob, line)),
    publicKey: `${keyType} ${blob.toString("base64")}${line === "" ? "" : ` ${line}`}`,
    fingerprint: fingerprintOf(blob),
  };
}

/** `SHA256:…` of a public key's blob (the base64 part of its line, decoded). */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/**
 * The two halves, cut from the ends of their DER forms (RFC 8410: 32 bytes each). Encoded by the generator itself: to
 * export a generated key as a JWK can lock Node 20 up for ever, when a garbage collection in the middle of it ends the
 * generator, which waits for the same key's lock.
 */
function newEd25519(): { seed: Buffer; publicBytes: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "der" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  if (privateKey.length !== 48 || publicKey.length !== 44)
    throw new Error("Node gave an ed25519 key of another form");
  return { seed: privateKey.subarray(-32), publicBytes: publicKey.subarray(-32) };
}

function privateBody(seed: Buffer, publicBytes: Buffer, blob: Buffer, comment: string): Buffer {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    field(keyType),
    field(publicBytes),
    field(Buffer.concat([seed, publicBytes])),
    field(comment),
  ]);
  // Padded to the block size of the cipher "none" with 1, 2, 3 …
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  return Buffer.concat([
    Buffer.from("openssh-key-v1\0", "latin1"),
    field("none"),
    field("none"),
    field(""),
    uint32(1),
    field(blob),
    field(Buffer.concat([secret, padding])),
  ]);
}

function pem(body: Buffer): string {
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

function field(value: string | Buffer): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
