/**
 * Serves the built page for measuring: compressed, as a host does, and as slow as one says. The network is slowed here and
 * not in the browser, whose own switch leaves workers alone.
 */

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';

interface Network {
  /** Before the first byte of each answer, in milliseconds. */
  readonly latency: number;
  /** Bytes a second, shared by all answers. */
  readonly rate: number;
}

/** What Chromium's own tools call Slow 4G: 1.44 Mbit/s, 562.5 ms for each request. */
export const SLOW_4G: Network = { latency: 562.5, rate: 1_440_000 / 8 };

export interface Served {
  readonly address: string;
  /** What was asked for since it was last emptied. */
  readonly requests: { readonly path: string; readonly bytes: number }[];
  network: Network | null;
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** A piece of this size goes out at a time. */
const PIECE = 4096;

export async function servePage(folder: string): Promise<Served> {
  const served: Served & { address: string } = { address: '', requests: [], network: null, close: () => void server.close() };
  const known = new Map<string, Buffer>();
  /** When the line is free again, and how many answers are on it. */
  let free = 0;
  let answers = 0;
  const server: Server = createServer(async ({ url = '/' }, response) => {
    const path = normalize(decodeURIComponent(url.split('?', 1)[0] as string)).replace(/\/$/, '/index.html');
    let body = known.get(path);
    try {
      body ??= gzipSync(await readFile(join(folder, path)), { level: 9 });
      known.set(path, body);
    } catch {
      return void response.writeHead(404).end();
    }
    served.requests.push({ path, bytes: body.length });
    const { network } = served;
    // The two policies let the page be asked how much memory it uses.
    const head = {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-encoding': 'gzip',
      'content-length': body.length,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    };
    if (!network) return void response.writeHead(200, head).end(body);
    await pause(network.latency);
    response.writeHead(200, head);
    // A clock of its own: a timer that a busy machine calls late must not make the line slower than it says.
    if (answers++ === 0) free = Math.max(free, performance.now());
    for (let at = 0; at < body.length; at += PIECE) {
      const piece = body.subarray(at, at + PIECE);
      free += (piece.length / network.rate) * 1000;
      await pause(free - performance.now());
      response.write(piece);
    }
    answers--;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  served.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return served;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
