/** Takes files that a person gave: in place of what is there, or beside it. It comes with the first of them. */

import type { Joined } from '../share/joining.ts';
import { gathered, holdsText, mayBePackets, mayBeScenario } from '../share/recognise.ts';
import { hasOwnFiles, type Document } from '../store/document.ts';
import type { PacketDraft } from '../store/draft.ts';
import { packetsFor } from '../store/own-links.ts';
import type { App } from '../store/store.ts';
import type { Language, Notice } from '../store/state.ts';
import { joiningWords } from '../text/joining.ts';

type Files = Document['files'];
/** What becomes of the files that are there: as it fits what is given, or as it was chosen. */
export type Taking = 'fitting' | 'add' | 'replace';

/**
 * Opens files the person gave. Those that alone are no node join the person's own; else they come in place of the node: packets and
 * environment stay, unless a scenario brings its own.
 */
export async function openOwn(app: App, files: Files, taking: Taking = 'fitting'): Promise<void> {
  if (files.length === 0) return;
  // It would take the place of what is there, and tell nothing.
  const mute = files.filter((file) => !holdsText(file));
  if (mute.length > 0) {
    const { fileWords } = await import('../text/given-files.ts');
    const { language } = app.store.getState().settings;
    return app.say({ kind: 'file-failed', detail: fileWords(language).noText({ names: mute.map(({ name }) => name).join(', ') }) });
  }
  if (files.some(mayBeScenario)) {
    const { readScenarioFiles } = await import('../share/scenario-file.ts');
    const read = await readScenarioFiles(files, app.store.getState().settings.language);
    if (read.kind === 'refused') return app.say({ kind: 'file-failed', detail: read.message });
    if (read.kind === 'document') {
      const replacing = app.store.getState().document.files.length > 0;
      app.open(read.document);
      return replacing ? app.say({ kind: 'replaced', detail: '' }) : undefined;
    }
  }
  const packetFile = files.find(mayBePackets);
  if (packetFile) {
    const { readPacketsFile } = await import('../share/packets-file.ts');
    const given = await readPacketsFile(packetFile, app.store.getState().settings.language);
    const { document } = app.store.getState();
    if ('failure' in given) return app.say({ kind: 'file-failed', detail: given.failure });
    const { twin: _, ...old } = document;
    const node = files.filter((file) => file !== packetFile);
    app.open({ ...old, example: null, ...(node.length > 0 && gathered(node)), ...given });
    return document.files.length > 0 ? app.say({ kind: 'replaced', detail: '' }) : undefined;
  }
  const { belong, joined } = await import('../share/joining.ts');
  // Not earlier: it may be edited until then.
  const before = app.store.getState().document;
  if (before.files.length === 0 || (taking === 'fitting' && !hasOwnFiles(before))) return replaceBy(app, before, files, false);
  const adds = taking === 'add' || (taking === 'fitting' && belong(before, files));
  if (adds) join(app, before, files, joined(before, files));
  else replaceBy(app, before, files, true);
}

/** What a notice offers: the same files, taken the other way, from what there was before. */
export async function takeOtherwise(app: App, { how, before, given }: NonNullable<Notice['otherwise']>): Promise<void> {
  if (how === 'replace') return replaceBy(app, before, given, true);
  const { joined } = await import('../share/joining.ts');
  join(app, before, given, joined(before, given));
}

function replaceBy(app: App, before: Document, given: Files, mayAdd: boolean): void {
  const taken = gathered(given);
  const said: Notice = { kind: 'replaced', detail: '', ...(mayAdd && { otherwise: { how: 'add', before, given } }) };
  const merge = `given ${++times}`;
  const fitted = fitPackets(app, taken.files, (packets, link) => {
    app.edit((document) => ({ ...document, packets }), merge);
    app.say({ ...said, kind: 'fitted', detail: link });
  });
  app.open({ ...before, example: null, ...taken }, { merge });
  if (before.files.length > 0 && !fitted()) app.say(said);
  if (taken.cluster) app.select({ clusterShown: true, clusterPart: 'form', panel: 'cluster' });
}

/** An edit: the cursor stays where it is, as far as it can. */
function join(app: App, before: Document, given: Files, { document, added, replaced }: Joined): void {
  const merge = `given ${++times}`;
  const [detail, names] = [added.join(', '), replaced.join(', ')];
  const sentence = (language: Language, link?: string): string => {
    const words = joiningWords(language);
    return `${words.joined({ detail, replaced: names })}${link === undefined ? '' : ` ${words.comesIn({ detail: link })}`}`;
  };
  const notice = (link?: string): Notice => ({
    kind: 'joined',
    detail,
    said: { en: sentence('en', link), zh: sentence('zh', link) },
    otherwise: { how: 'replace', before, given },
  });
  const fitted = fitPackets(app, document.files, (packets, link) => {
    app.edit((old) => ({ ...old, packets }), merge);
    app.say(notice(link));
  });
  app.edit(() => ({ ...before, example: null, ...document }), merge);
  if (!fitted()) app.say(notice());
}

/** How often files were given: what is done to fit them is one edit with it. */
let times = 0;

/**
 * Packets of the node before may come in by links that the one about to be opened has not: once that is known they come in by its own, and it is said. One undo takes all of it back.
 * The result tells whether that was so already.
 */
function fitPackets(app: App, files: Files, put: (packets: readonly PacketDraft[], link: string) => void): () => boolean {
  let fitted = false;
  let opened = false;
  let walked = false;
  const stop = app.store.subscribe(({ answer, document }) => {
    if (document.files !== files) return opened ? stop() : undefined;
    opened = true;
    if (answer.status === 'running') walked = true;
    if (!walked || answer.status === 'running') return;
    stop();
    const packets = answer.refused?.field === 'in' && answer.node ? packetsFor(answer.node.interfaces, document.packets) : null;
    if (!packets) return;
    fitted = true;
    put(packets, packets[0]?.fields.in ?? '');
  });
  return () => fitted;
}
