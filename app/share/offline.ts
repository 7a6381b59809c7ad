/** The page without a network, and among the installed applications: both begin behind the first use, which they must not slow down. */

/** Most that it waits for the browser to be at rest, in milliseconds. */
const REST_MAY_TAKE = 60_000;

/** Has the browser keep the page (service-worker.ts). Where it may not, or would rather save data, the page works as before. */
export function keepForOffline(): void {
  // While one works on the page there is nothing to keep.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { connection } = navigator as { readonly connection?: { readonly saveData?: boolean } };
  if (connection?.saveData) return;
  const begin = (): void => {
    const manifest = document.createElement('link');
    manifest.rel = 'manifest';
    manifest.href = './manifest.webmanifest';
    document.head.append(manifest);
    // Refused in a frame without an origin, in a private window, or where storage is switched off.
    navigator.serviceWorker.register('./service-worker.js').catch(() => {});
  };
  if ('requestIdleCallback' in globalThis) requestIdleCallback(begin, { timeout: REST_MAY_TAKE });
  else begin();
}
