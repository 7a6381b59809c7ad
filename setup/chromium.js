/** Where the Chromium of this machine is. Nothing is downloaded by the tests themselves. */

import { existsSync } from 'node:fs';

const usualPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** What to tell someone who has none. */
export const chromiumHint = 'install Debian\'s "chromium" or set CHROMIUM to the path of one';

/**
 * Path of the browser: `CHROMIUM` if it is set, else the first usual path that exists.
 * @returns {string | null}
 */
export function findChromium() {
  const chosen = process.env.CHROMIUM;
  if (chosen) return existsSync(chosen) ? chosen : null;
  return usualPaths.find((path) => existsSync(path)) ?? null;
}
