import { ClientRequest, type RequestOptions } from "node:http";

/**
 * One request, with the agent that `options` name. Not by `http.request`: in its extension host VS Code replaces that
 * by one of its own (`http.proxySupport`), which drops the agent for every host but this machine, and with it the SSH
 * channels of an `ssh://` engine and the client certificate of one behind TLS, and takes the way through the user's
 * web proxy. Source: microsoft/vscode-proxy-agent, createHttpPatch.
 */
export function openRequest(options: RequestOptions): ClientRequest {
  return new ClientRequest(options);
}
