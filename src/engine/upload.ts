import type { ClientRequest } from "node:http";
import type { Readable } from "node:stream";
import { pipeline, Transform } from "node:stream";

/** How long an engine that does not know `Expect: 100-continue` is waited for; as curl does. */
const continueMs = 1000;

/**
 * Sends `body` as the rest of `req`, in bounded memory. It begins when the engine has agreed to it: a refusal (no
 * such container, no such path) then comes before the first byte, and is not lost in a broken pipe. `moved` is called
 * whenever bytes move, `failed` with the error of `body` itself. `body` is destroyed with the request.
 */
export function upload(
  req: ClientRequest,
  body: Readable,
  moved: () => void,
  failed: (error: Error) => void,
): void {
  let begun = false;
  const begin = () => {
    if (begun || req.destroyed) return;
    begun = true;
    clearTimeout(timer);
    const progress = new Transform({
      transform(chunk, _encoding, done) {
        moved();
        done(null, chunk);
      },
    });
    // The outcome is told by the events of the request and of the body.
    pipeline(body, progress, req, () => undefined);
  };
  const timer = setTimeout(begin, continueMs);
  req.once("continue", begin);
  req.once("response", () => clearTimeout(timer));
  req.once("close", () => {
    clearTimeout(timer);
    body.destroy();
  });
  body.once("error", failed);
  req.setHeader("Expect", "100-continue");
  req.flushHeaders();
}
