/**
 * A site as MkDocs Material makes them, as far as an embed can meet it: a header that sticks, a switch of the colour
 * scheme on the body, instant navigation that swaps the content and leaves the scripts, a long text with figures. It is
 * served from another origin than the embed; `npm start` serves it, too, for those who write docs.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Site {
  /** With the final slash. */
  readonly address: string;
  close(): Promise<void>;
}

/** Scenarios on the first page. */
export const FIGURES = ['kube-ovn-installed/p43-policy-forward', 'kube-ovn-installed/p01-pod-to-internet', 'kube-ovn-tproxy/p51-probe-syn'] as const;

const paragraph = '<p>Kube-OVN installs rules in the tables of the node. The gateway translates the source of packets that leave the cluster, unless a policy says otherwise.</p>';

function figure(embed: string, scenario: string, language: string, attributes = ''): string {
  const picture = `${embed}svg/${scenario}.${language}`;
  return `<figure data-packetwalk="${scenario}" data-lang="auto" ${attributes}><picture><source media="(max-width: 719px)" srcset="${picture}.narrow.svg" width="400"><img src="${picture}.svg" width="720" alt="${scenario}"></picture><figcaption>Figure: ${scenario}</figcaption></figure>`;
}

function sandboxed(embed: string, query: string, scenario: string): string {
  const sandbox = 'allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox';
  return `<iframe id="plain" title="${scenario}" width="720" height="480" sandbox="${sandbox}" allow="clipboard-write; fullscreen" src="${embed}index.html?${query}#/s/${scenario}"></iframe>`;
}

function content(embed: string, page: string, language: string): string {
  if (page === '/plain/') return `<h1>Plain</h1>${paragraph}${sandboxed(embed, 'activate=auto&theme=light&lang=en', FIGURES[0])}${paragraph.repeat(20)}`;
  if (page === '/click/') return `<h1>Click</h1>${sandboxed(embed, 'theme=nonsense&lang=xx&panels=&controls=?&lock=1&activate=', FIGURES[0])}`;
  if (page === '/other/') return `<h1>Other</h1>${paragraph.repeat(3)}${figure(embed, FIGURES[1], language)}`;
  if (page === '/auto/')
    return `<h1>Auto</h1>${figure(embed, FIGURES[0], language, 'data-activate="auto" data-step="3"')}${paragraph.repeat(20)}${figure(embed, FIGURES[1], language, 'data-activate="auto"')}`;
  // As a minifier leaves it: no quotes, no space between elements, no end of a paragraph; and no picture, and no caption.
  if (page === '/minified/') return `<h1>Minified</h1><p>Text<figure data-packetwalk=${FIGURES[0]} data-lang=auto></figure><p>More`;
  return `<h1>Default VPC NAT Policy Rule</h1>${paragraph.repeat(4)}<p><a id="before" href="#x">before</a></p>${FIGURES.map(
    (scenario) => figure(embed, scenario, language) + paragraph.repeat(6),
  ).join('')}<p><a id="after" href="#y">after</a></p>${paragraph.repeat(20)}`;
}

const script = `
  document.getElementById('toggle').addEventListener('click', () => {
    const body = document.body;
    body.setAttribute('data-md-color-scheme', body.getAttribute('data-md-color-scheme') === 'slate' ? 'default' : 'slate');
  });
  document.addEventListener('click', async (event) => {
    const link = event.target.closest('a[data-instant]');
    if (!link) return;
    event.preventDefault();
    const page = new DOMParser().parseFromString(await (await fetch(link.href)).text(), 'text/html');
    document.querySelector('[data-md-component=container]').replaceWith(page.querySelector('[data-md-component=container]'));
    document.documentElement.lang = page.documentElement.lang;
    history.pushState(null, '', link.href);
    scrollTo(0, 0);
  });
  window.received = [];
  document.addEventListener('packetwalk', (event) => received.push({ figure: event.target.dataset.packetwalk, ...event.detail }));
  addEventListener('message', (event) => { if (event.source === document.getElementById('plain')?.contentWindow) received.push(event.data.packetwalk); });
`;

/** One of its pages. `embed`: address of the embed's folder; `path`: `/`, `/other/`, `/zh/`…; `folder`: where the site is, without the final slash. */
function html(embed: string, path: string, folder = ''): string {
  const [language, page] = path.startsWith('/zh/') ? ['zh', path.slice(3)] : ['en', path];
  const own = language === 'zh' ? `${folder}/zh` : folder;
  return `<!doctype html><html lang="${language}" class="no-js"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Docs</title><link rel="icon" href="data:,"><style>
    body{margin:0;font:16px/1.6 sans-serif;background:#fff;color:#111} [data-md-color-scheme=slate]{color-scheme:dark;background:#1e2129;color:#ddd}
    .md-header{position:sticky;top:0;z-index:4;background:#4051b5;color:#fff;padding:8px} .md-header a{color:#fff} .md-content{max-width:760px;margin:auto;padding:0 16px} figure{margin:1em 0}
  </style></head><body dir="ltr" data-md-color-scheme="default" data-md-color-primary="indigo">
  <header class="md-header" data-md-component="header"><button id="toggle">scheme</button> <a data-instant href="${own}/">Home</a> <a data-instant href="${own}/other/">Other</a> <a data-instant href="${folder}/zh/">中文</a></header>
  <div class="md-container" data-md-component="container"><main class="md-main"><article class="md-content">${content(embed, page, language)}</article></main></div>
  <script>${script}</script><script src="${embed}loader.js"></script></body></html>`;
}

/** `page` is the address of the built page. */
export async function serveSite(page: string): Promise<Site> {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(html(`${page}embed/`, request.url ?? '/'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/`, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
