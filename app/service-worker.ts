/**
 * Keeps the page at hand for where there is no network. The browser runs it beside the page (share/offline.ts asks it to), and asks
 * it for every file of the page's folder. What has a hash of its content in its name is taken from what was kept; all else is asked
 * of the server first, so that nobody is shown yesterday's page, and taken from what was kept where no answer comes.
 *
 * What a person opens never comes by here: it is read in the page and sent nowhere. The embed's own pages are left alone, too.
 */

/** The types know the scope of any worker. */
const scope = self as unknown as ServiceWorkerGlobalScope;

/** Put in by the build (setup/offline.js). `version` changes with any of the files; `pack` holds texts by the address that the page asks for. */
declare const OFFLINE: { readonly version: string; readonly files: readonly string[]; readonly pack: string };

/** Other pages of the same host may keep things of theirs. */
const PREFIX = `packetwalk ${scope.registration.scope} `;
const NAME = PREFIX + OFFLINE.version;
/** How long a server may be silent before what was kept is shown, in milliseconds: a network that is almost gone answers never, and does not say so. */
const SILENCE = 4000;
/** How long one that was silent just now may be so again. */
const SILENCE_AGAIN = 300;
/** Until when a server that was silent is taken to be so still, in milliseconds. */
const STAYS_SILENT = 30_000;
let silentUntil = 0;

const address = (path: string): string => new URL(path, scope.registration.scope).href;

/** All or nothing: what cannot be kept whole is tried again with the next visit. */
async function keep(): Promise<void> {
  const cache = await caches.open(NAME);
  await Promise.all(OFFLINE.files.map((path) => keepFile(cache, address(path))));
  const pack = await fetch(address(OFFLINE.pack));
  if (!pack.ok) throw new Error(`${OFFLINE.pack}: ${pack.status}`);
  const texts: Readonly<Record<string, string>> = await pack.json();
  for (const [path, text] of Object.entries(texts)) await cache.put(address(path), new Response(text, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } }));
}

async function keepFile(cache: Cache, url: string): Promise<void> {
  // Of the version before there may be all but a few.
  const before = isHashed(url) ? await caches.match(url) : undefined;
  if (before) await cache.put(url, before);
  else await cache.add(url);
}

/** Once no tab shows the version before: until then its scripts are needed. */
async function forgetOthers(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
}

/** Within the page's folder, without what stands behind `?`; null: outside of it. */
const pathOf = (url: string): string | null => (url.startsWith(scope.registration.scope) ? new URL(url).pathname.slice(new URL(scope.registration.scope).pathname.length) : null);
const isHashed = (url: string): boolean => pathOf(url)?.startsWith('assets/') ?? false;

async function keptFirst(request: Request): Promise<Response> {
  return (await caches.match(request.url)) ?? fetch(request);
}

/** A worker of before may still answer when its successor has forgotten what it kept: that does not come back. */
async function keepAnswer(key: string, answer: Response): Promise<void> {
  if (await caches.has(NAME)) await (await caches.open(NAME)).put(key, answer);
}

/** `orElse`: what is answered where nothing was kept, and nobody answers; without it the server is waited for. */
async function serverFirst(event: FetchEvent, key: string, orElse?: Response): Promise<Response> {
  const answer = fetch(event.request).then((response) => {
    silentUntil = 0;
    const copy = response.clone();
    // Behind the answer: nobody waits for the disk.
    if (response.ok) event.waitUntil(keepAnswer(key, copy));
    return response;
  });
  const kept = (await caches.match(key)) ?? orElse;
  if (!kept) return answer;
  return new Promise((resolve) => {
    const patience = setTimeout(
      () => {
        silentUntil = Date.now() + STAYS_SILENT;
        resolve(kept);
      },
      Date.now() < silentUntil ? SILENCE_AGAIN : SILENCE,
    );
    const done = (response: Response): void => {
      clearTimeout(patience);
      resolve(response);
    };
    answer.then(done, () => done(kept));
  });
}

scope.addEventListener('install', (event) => event.waitUntil(keep()));
scope.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => scope.clients.claim())));
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = pathOf(request.url);
  if (request.method !== 'GET' || path === null) return;
  if (isHashed(request.url)) event.respondWith(keptFirst(request));
  // The page has two addresses; what stands behind `?` is no business of the server.
  else if (path === '' || path === 'index.html') event.respondWith(serverFirst(event, address('./')));
  // Walks made with the page save the engine time; it can do without.
  else if (path.startsWith('embed/data/')) event.respondWith(serverFirst(event, address(path), new Response(null, { status: 504 })));
  else if (path.startsWith('examples/') || !path.includes('/')) event.respondWith(serverFirst(event, address(path)));
});
