/**
 * The embed's end of the channel to the page around it. Only the parent is listened to; what is said goes to the origin
 * that said `hello` first. Before that nothing leaves that tells of the content.
 */

import { envelope, readIncoming, type Incoming, type Outgoing, type Unsigned } from './protocol.ts';

interface Host {
  /** `ready` and `resize`, which tell nothing of the content, go out at any time; all else only after `hello`. */
  send(message: Outgoing): void;
  /** Takes an event of the window, also one that came before the embed was there. */
  receive(event: Pick<MessageEvent, 'source' | 'origin' | 'data'>): void;
}

/** What is used of the window. */
interface HostWindow {
  readonly parent: { postMessage(message: unknown, origin: string): void };
}

export function createHost(own: HostWindow, obey: (message: Incoming, reply: (answer: Unsigned<Outgoing>) => void) => void): Host {
  /** A page without an origin of its own cannot be named: it is the parent all the same. */
  let origin: string | null = null;
  const alone = own.parent === (own as unknown);

  function send(message: Outgoing): void {
    const harmless = message.type === 'ready' || message.type === 'resize';
    if (alone || (origin === null && !harmless)) return;
    own.parent.postMessage(envelope(message), origin ?? '*');
  }

  return {
    send,
    receive({ source, origin: from, data }) {
      if (alone || source !== (own.parent as unknown)) return;
      const message = readIncoming(data);
      if (message === 'stranger') return;
      if ('type' in message && message.type === 'hello') origin = from === 'null' || from === '' ? '*' : from;
      // Who has not said hello is told nothing.
      if (origin === null) return;
      const id = message.id === undefined ? {} : { id: message.id };
      if ('wrong' in message) return send({ ...id, type: 'error', message: message.wrong });
      obey(message, (answer) => send({ ...id, ...answer } as Outgoing));
    },
  };
}
