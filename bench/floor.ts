import { request, Agent } from "node:http";
import { text } from "node:stream/consumers";

/** The Engine API over a unix socket and nothing else: Node's own HTTP client with keep-alive. */
export function rawEngine(socketPath: string) {
  const agent = new Agent({ keepAlive: true });
  const call = (method: string, path: string, body?: unknown, type = "application/json"): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const content = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      const headers = content ? { "content-type": type, "content-length": content.length } : {};
      const sent = request({ socketPath, agent, method, path, headers }, (response) => {
        text(response).then((answer) => {
          if ((response.statusCode ?? 500) >= 400) return reject(new Error(`${method} ${path}: ${answer}`));
          resolve(answer ? JSON.parse(answer) : undefined);
        }, reject);
      });
      sent.on("error", reject);
      sent.end(content);
    });
  return { call, close: () => agent.destroy() };
}
